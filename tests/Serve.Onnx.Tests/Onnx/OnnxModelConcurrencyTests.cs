using Serve.Onnx.Engine;

namespace Serve.Onnx.Tests;

public sealed class OnnxModelConcurrencyTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static OnnxModel LoadCounter() => new(Path.Combine(AppContext.BaseDirectory, "Onnx", "models", "count.onnx"));

    private static Tensor<long> Count(long to) => new(new[] { to });

    private static Task<Tensor<long>> StartEndlessRun(OnnxModel model, CancellationToken cancellationToken) =>
        Task.Run(() => model.Run<long, long>(Count(long.MaxValue), cancellationToken), CancellationToken.None);

    [Fact]
    public void Run_TokenCancelledBefore_DoesNotRun()
    {
        using var model = LoadCounter();

        Should.Throw<OperationCanceledException>(() => model.Run<long, long>(Count(long.MaxValue), new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Run_CancelledWhileItRuns_StopsAndModelGoesOn()
    {
        using var model = LoadCounter();
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));

        var stopped = await Should.ThrowAsync<OperationCanceledException>(StartEndlessRun(model, cancellation.Token).WaitAsync(Patience));

        stopped.CancellationToken.ShouldBe(cancellation.Token);
        model.Run<long, long>(Count(5)).Span[0].ShouldBe(5);
    }

    [Fact]
    public async Task Run_CancelledAmongOthers_StopsOnlyItself()
    {
        using var model = LoadCounter();
        using var cancellation = new CancellationTokenSource();
        var endless = StartEndlessRun(model, cancellation.Token);

        var counted = await Task.Run(() => model.Run<long, long>(Count(100_000))).WaitAsync(Patience);
        await cancellation.CancelAsync();

        counted.Span[0].ShouldBe(100_000);
        await Should.ThrowAsync<OperationCanceledException>(endless.WaitAsync(Patience));
    }

    [Fact]
    public async Task Run_FromManyThreads_GivesEachItsOwnResult()
    {
        using var model = LoadCounter();

        var totals = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() => model.Run<long, long>(Count(i)).Span[0])));

        totals.ShouldBe(Enumerable.Range(0, 64).Select(i => (long)i));
    }

    [Fact]
    public async Task Dispose_AmongRuns_FinishesOrRefusesEach()
    {
        var model = LoadCounter();
        var runs = Enumerable.Range(0, 64).Select(i => Task.Run(() =>
        {
            if (i == 32)
                model.Dispose();
            return model.Run<long, long>(Count(10_000 + i)).Span[0];
        })).ToArray();

        await Task.WhenAll(runs).ContinueWith(_ => { }, TaskScheduler.Default).WaitAsync(Patience);

        for (var i = 0; i < runs.Length; i++)
        {
            if (runs[i].IsFaulted)
                runs[i].Exception!.InnerException.ShouldBeOfType<ObjectDisposedException>().ObjectName.ShouldBe($"model {model.Path}");
            else
                (await runs[i]).ShouldBe(10_000 + i);
        }

        runs[32].IsFaulted.ShouldBeTrue();
    }

    [Fact]
    public void Lease_AbandonedWhileHeld_FreesAfterTheLastHolder()
    {
        var resource = new Resource();
        var lease = new ModelLease(resource, "The model");
        lease.Acquire();

        lease.Abandon();
        lease.Abandon();
        Should.Throw<ObjectDisposedException>(lease.Acquire);
        resource.Disposals.ShouldBe(0);
        lease.Release();

        resource.Disposals.ShouldBe(1);
    }

    private sealed class Resource : IDisposable
    {
        public int Disposals { get; private set; }

        public void Dispose() => Disposals++;
    }
}
