using Serve.Testing;
using Serve.Tests.Sdk.Batching;

namespace Serve.Tests.Sdk.Multiplexing;

public sealed class ModelStressTests
{
    private int _alive;
    private int _mostAlive;
    private int _loads;

    [Fact]
    public async Task Get_ManyRequestsThatLeaveAndLoadsThatFail_NeverUsesAnUnloadedModelNorHoldsTooMany()
    {
        var scope = TestQueue.Scope();
        scope.Attach(this);
        var users = Enumerable.Range(0, 16).Select(number => Task.Run(() => UseManyAsync(new Random(number))));
        await Task.WhenAll(users).WaitAsync(Eventually.Patience);
        _mostAlive.ShouldBeLessThanOrEqualTo(3);
        await Eventually.TrueAsync(() => scope.Models!.Held.Count <= 3);
        await scope.Models!.CloseAsync(CancellationToken.None).WaitAsync(Eventually.Patience);
        _alive.ShouldBe(0);
        scope.Models.Held.ShouldBeEmpty();
    }

    private async Task UseManyAsync(Random random)
    {
        for (var i = 0; i < 150; i++)
        {
            using var cancellation = new CancellationTokenSource();
            var getting = Multiplexer.GetAsync(LoadAsync, $"m{random.Next(8)}", cancellation.Token).AsTask();
            if (random.Next(4) == 0)
                await cancellation.CancelAsync();
            try
            {
                using var lease = await getting;
                lease.Model.Use();
                await Task.Yield();
                lease.Model.Use();
            }
            catch (Exception exception) when (exception is OperationCanceledException or FormatException)
            {
                // It left, or its model could not be loaded.
            }
        }
    }

    [Multiplexed(MaxModelsPerReplica = 3)]
    private async Task<Model> LoadAsync(string modelId, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return Interlocked.Increment(ref _loads) % 10 == 0 ? throw new FormatException() : new Model(this);
    }

    private sealed class Model : IDisposable
    {
        private readonly ModelStressTests _test;
        private bool _isDisposed;

        public Model(ModelStressTests test)
        {
            _test = test;
            var alive = Interlocked.Increment(ref test._alive);
            InterlockedMax(ref test._mostAlive, alive);
        }

        public void Use() => Volatile.Read(ref _isDisposed).ShouldBeFalse();

        public void Dispose()
        {
            _isDisposed.ShouldBeFalse();
            Volatile.Write(ref _isDisposed, true);
            Interlocked.Decrement(ref _test._alive);
        }

        private static void InterlockedMax(ref int most, int value)
        {
            for (var seen = Volatile.Read(ref most); seen < value;)
                seen = Math.Max(seen, Interlocked.CompareExchange(ref most, value, seen));
        }
    }
}
