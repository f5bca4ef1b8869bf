using Serve.Routing;
using Serve.Testing;

namespace Serve.Tests.Core.Routing;

/// <summary>Many requests at once on real threads: slots are never given twice, never lost, and no waiter is forgotten.</summary>
public sealed class DeploymentRouterStressTests : RouterTestBase
{
    private const int Limit = 3;

    [Fact]
    public async Task Acquire_ManyTasks_NeverMoreInsideThanSlotsAndAllFinish()
    {
        var replicas = Use(replicas: 4, maxOngoing: Limit);
        var inside = new Inside();
        await RunAsync(tasks: 48, async _ =>
        {
            for (var i = 0; i < 200; i++)
            {
                using var lease = await AcquireAsync();
                await inside.StayAsync(lease.Replica);
            }
        });
        inside.Most.ShouldBe(Limit);
        await CheckThatAllIsFreeAsync(replicas);
    }

    [Fact]
    public async Task Acquire_ReplicasComeAndGoMeanwhile_AllFinish()
    {
        var all = Use(replicas: 6, maxOngoing: Limit);
        var inside = new Inside();
        using var done = new CancellationTokenSource();
        var updates = Task.Run(async () =>
        {
            for (var i = 0; !done.IsCancellationRequested; i++)
            {
                Router.Update(new ReplicaSet([.. all.Skip(i % 4).Take(i % 3)], Limit, -1, UnavailableReason: null));
                await Task.Yield();
            }
        });
        await RunAsync(tasks: 24, async _ =>
        {
            for (var i = 0; i < 200; i++)
            {
                using var lease = await AcquireAsync();
                await inside.StayAsync(lease.Replica);
            }
        });
        await done.CancelAsync();
        await updates;
        inside.Most.ShouldBeLessThanOrEqualTo(Limit);
        Router.Update(new ReplicaSet([.. all], Limit, -1, UnavailableReason: null));
        await CheckThatAllIsFreeAsync(all);
    }

    [Fact]
    public async Task Acquire_CancelledAtAnyMoment_LosesNoSlot()
    {
        var replicas = Use(replicas: 2, maxOngoing: 1);
        await RunAsync(tasks: 16, async seed =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 300; i++)
            {
                using var cancellation = new CancellationTokenSource();
                var waiting = AcquireAsync(cancellation.Token);
                var cancelling = random.Next(2) == 0 ? Task.Run(cancellation.Cancel) : Task.CompletedTask;
                try
                {
                    using var lease = await waiting;
                    await Task.Yield();
                }
                catch (OperationCanceledException)
                {
                }

                await cancelling;
            }
        });
        await CheckThatAllIsFreeAsync(replicas);
    }

    private static Task RunAsync(int tasks, Func<int, Task> action) =>
        Task.WhenAll(Enumerable.Range(0, tasks).Select(number => Task.Run(() => action(number)))).WaitAsync(Eventually.Patience);

    private async Task CheckThatAllIsFreeAsync(FakeReplica[] replicas)
    {
        Router.Waiting.ShouldBe(0);
        replicas.ShouldAllBe(replica => replica.Ongoing == 0);
        (await TakeAsync()).Dispose();
    }

    /// <summary>Counts who is on which replica.</summary>
    private sealed class Inside
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<string, int> _counts = [];

        /// <summary>The most that were ever on one replica.</summary>
        public int Most { get; private set; }

        public async Task StayAsync(ReplicaEntry replica)
        {
            lock (_lock)
                Most = Math.Max(Most, _counts[replica.Id] = _counts.GetValueOrDefault(replica.Id) + 1);
            await Task.Yield();
            lock (_lock)
                _counts[replica.Id]--;
        }
    }
}
