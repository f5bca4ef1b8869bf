using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Serve.Testing;

namespace Serve.Tests.Sdk;

/// <summary>Calls between deployments in one process behave as calls between processes do.</summary>
public sealed class EmbeddedHandleTests : IAsyncLifetime
{
    private EmbeddedProgram _program = null!;

    private IEngine Engine => _program.Services.GetRequiredService<DeploymentHandle<IEngine>>().Remote;

    public async Task InitializeAsync() => _program = await EmbeddedProgram.StartAsync(options => options.AddDeployment<TestEngine>());

    public async Task DisposeAsync() => await _program.DisposeAsync();

    [Fact]
    public async Task Call_OfEachKindOfMethod_ReturnsItsResult()
    {
        (await Engine.TaskAsync("a")).ShouldBe("a!");
        (await Engine.ValueTaskAsync(20)).ShouldBe(21);
        await Engine.PlainTaskAsync();
        await Engine.PlainValueTaskAsync();
        (await Engine.StreamAsync(3, CancellationToken.None).ToListAsync()).ShouldBe([0, 1, 2]);
        (await Engine.StreamAsync(0, CancellationToken.None).ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Call_UserCodeThrows_IsARemoteExceptionWithTypeAndStack()
    {
        var exception = await Should.ThrowAsync<RemoteException>(() => Engine.ThrowAsync("bad"));
        exception.Is<FormatException>().ShouldBeTrue();
        exception.RemoteMessage.ShouldBe("bad");
        exception.Deployment.ShouldBe(nameof(TestEngine));
        exception.RemoteStackTrace!.ShouldContain(nameof(TestEngine.ThrowAsync));
        (await Should.ThrowAsync<RemoteException>(() => Engine.ThrowBeforeTheTaskAsync())).Is<InvalidCastException>().ShouldBeTrue();
    }

    [Fact]
    public async Task Stream_UserCodeThrowsMidway_ItemsBeforeItArrive()
    {
        var items = new List<int>();
        var exception = await Should.ThrowAsync<RemoteException>(async () =>
        {
            await foreach (var item in Engine.StreamAsync(-1, CancellationToken.None))
                items.Add(item);
        });
        items.ShouldBe([0, 1]);
        exception.Is<FormatException>().ShouldBeTrue();
    }

    [Fact]
    public async Task Call_TokenCancelled_ReachesTheMethod()
    {
        using var source = new CancellationTokenSource();
        var call = Engine.WaitForeverAsync(source.Token);
        await Eventually.TrueAsync(() => TestEngine.Waiting == 1);
        await source.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => call);
        await Eventually.TrueAsync(() => TestEngine.Waiting == 0);
    }

    [Fact]
    public async Task Call_OverItsTimeout_ThrowsATimeoutAndStopsTheMethod()
    {
        var handle = _program.Services.GetRequiredService<DeploymentHandle<IEngine>>().With(new CallOptions { Timeout = TimeSpan.FromMilliseconds(50) });
        (await Should.ThrowAsync<RequestTimeoutException>(() => handle.Remote.WaitForeverAsync(CancellationToken.None))).Message.ShouldContain("0.05 s");
        await Eventually.TrueAsync(() => TestEngine.Waiting == 0);
    }

    [Fact]
    public async Task Stream_LeftEarly_EndsTheMethodAndFreesItsSlot()
    {
        for (var i = 0; i < 3 * TestEngine.Limit; i++)
        {
            await foreach (var item in Engine.StreamAsync(int.MaxValue, CancellationToken.None))
            {
                item.ShouldBe(0);
                break;
            }
        }

        (await Engine.TaskAsync("free")).ShouldBe("free!");
        await Eventually.TrueAsync(() => TestEngine.Streaming == 0);
    }

    [Fact]
    public async Task Calls_MoreThanTheLimit_NeverRunTogether()
    {
        TestEngine.MostTogether = 0;
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Engine.BusyAsync()));
        TestEngine.MostTogether.ShouldBeInRange(1, TestEngine.Limit);
    }

    public interface IEngine
    {
        Task<string> TaskAsync(string text);

        ValueTask<int> ValueTaskAsync(int number);

        Task PlainTaskAsync();

        ValueTask PlainValueTaskAsync();

        IAsyncEnumerable<int> StreamAsync(int count, CancellationToken cancellationToken);

        Task ThrowAsync(string message);

        Task ThrowBeforeTheTaskAsync();

        Task WaitForeverAsync(CancellationToken cancellationToken);

        Task BusyAsync();
    }

    [Deployment(MaxOngoingRequests = Limit)]
    public sealed class TestEngine : IEngine
    {
        public const int Limit = 4;

        private static readonly Lock Measure = new();
        private static int s_waiting;
        private static int s_streaming;
        private static int s_together;

        public static int Waiting => s_waiting;

        public static int Streaming => s_streaming;

        public static int MostTogether { get; set; }

        public Task<string> TaskAsync(string text) => Task.FromResult(text + "!");

        public ValueTask<int> ValueTaskAsync(int number) => ValueTask.FromResult(number + 1);

        public Task PlainTaskAsync() => Task.CompletedTask;

        public ValueTask PlainValueTaskAsync() => ValueTask.CompletedTask;

        public async IAsyncEnumerable<int> StreamAsync(int count, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref s_streaming);
            try
            {
                for (var i = 0; i != count; i++)
                {
                    if (count < 0 && i == 2)
                        throw new FormatException("midway");
                    await Task.Yield();
                    yield return i;
                }
            }
            finally
            {
                Interlocked.Decrement(ref s_streaming);
            }
        }

        public async Task ThrowAsync(string message)
        {
            await Task.Yield();
            throw new FormatException(message);
        }

        public Task ThrowBeforeTheTaskAsync() => throw new InvalidCastException();

        public async Task WaitForeverAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref s_waiting);
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref s_waiting);
            }
        }

        public async Task BusyAsync()
        {
            var together = Interlocked.Increment(ref s_together);
            lock (Measure)
                MostTogether = Math.Max(MostTogether, together);
            for (var i = 0; i < 10; i++)
                await Task.Yield();
            Interlocked.Decrement(ref s_together);
        }
    }
}
