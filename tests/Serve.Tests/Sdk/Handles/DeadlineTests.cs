using Serve.Handles;
using Serve.Replica;
using Serve.Testing;

namespace Serve.Tests.Sdk.Handles;

/// <summary>Time and cancellation of calls, and of the calls that they make.</summary>
public sealed class DeadlineTests : HandleSuite
{
    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Call_OverItsTimeout_ThrowsATimeoutAndStopsTheMethod(bool isRemote)
    {
        await StartAsync(isRemote);
        var handle = Handle.With(new CallOptions { Timeout = TimeSpan.FromMilliseconds(50) });
        (await Should.ThrowAsync<RequestTimeoutException>(() => handle.Remote.WaitAsync(CancellationToken.None))).Message.ShouldBe("A call to deployment 'Subject' did not finish within its 0.05 s.");
        await Eventually.TrueAsync(() => Subject is { Cancelled: 1, Waiting: 0 });
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Stream_OverItsTimeout_ThrowsATimeoutAfterTheItemsThatCame(bool isRemote)
    {
        await StartAsync(isRemote);
        var handle = Handle.With(new CallOptions { Timeout = TimeSpan.FromSeconds(0.3) });
        var count = 0;
        await Should.ThrowAsync<RequestTimeoutException>(async () =>
        {
            await foreach (var item in handle.Remote.CountAsync(int.MaxValue, failAt: -1, CancellationToken.None))
                count++;
        });
        count.ShouldBeGreaterThan(0);
        await Eventually.TrueAsync(() => Subject.Streaming == 0);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Call_WhileItWaitsForASlot_LeavesTheQueueWithItsTime(bool isRemote)
    {
        await StartAsync(isRemote, maxOngoing: 1);
        var running = Remote.WaitAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => Subject.Waiting == 1);
        var handle = Handle.With(new CallOptions { Timeout = TimeSpan.FromMilliseconds(50) });
        await Should.ThrowAsync<RequestTimeoutException>(() => handle.Remote.EchoAsync("never"));
        Host.Router<Subject>().Waiting.ShouldBe(0);
        Subject.Release();
        await running;
        Subject.Calls.ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Call_TimeOfItsRequestIsUp_IsNotMade(bool isRemote)
    {
        await StartAsync(isRemote);
        RequestContext.Current = new RequestContext("late", TimeProvider.System.GetTimestamp() - 1, CancellationToken.None);
        await Should.ThrowAsync<RequestTimeoutException>(() => Remote.EchoAsync("never"));
        Subject.Calls.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Call_TokenCancelled_ReachesTheMethod(bool isRemote)
    {
        await StartAsync(isRemote);
        using var source = new CancellationTokenSource();
        var call = Remote.WaitAsync(source.Token);
        var other = Remote.WaitAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => Subject.Waiting == 2);
        await source.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => call);
        await Eventually.TrueAsync(() => Subject is { Waiting: 1, Cancelled: 1 });
        other.IsCompleted.ShouldBeFalse();
        Subject.Release();
        (await other).ShouldBe("released");
        await Should.ThrowAsync<OperationCanceledException>(() => Remote.WaitAsync(source.Token));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Request_CancelledThreeHopsAway_AllMethodsSeeTheirTokens(bool isRemote)
    {
        await using var host = await StartChainAsync(isRemote, maxOngoing: 100);
        using var client = new CancellationTokenSource();
        RequestContext.Current = new RequestContext("request", deadline: null, client.Token);
        var call = host.Handle<IFirst>().Remote.FirstAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => host.Object<Subject>().Waiting == 1);
        await client.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => call);
        await Eventually.TrueAsync(() => host.Object<First>().Cancelled == 1 && host.Object<Second>().Cancelled == 1 && host.Object<Subject>().Cancelled == 1);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Request_CancelledWhileItsCallsAreQueued_TakesThemOutOfTheQueue(bool isRemote)
    {
        await using var host = await StartChainAsync(isRemote, maxOngoing: 1);
        var running = host.Handle<ISubject>().Remote.WaitAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => host.Object<Subject>().Waiting == 1);
        using var client = new CancellationTokenSource();
        var call = host.Handle<IFirst>().Remote.FirstAsync(client.Token);
        await Eventually.TrueAsync(() => host.Router<Subject>().Waiting == 1);
        await client.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => call);
        await Eventually.TrueAsync(() => host.Router<Subject>().Waiting == 0);
        host.Object<Subject>().Calls.ShouldBe(1);
        host.Object<Subject>().Release();
        await running;
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Timeout_OfTheFirstCall_EndsWhatIsThreeHopsAway(bool isRemote)
    {
        await using var host = await StartChainAsync(isRemote, maxOngoing: 100);
        var handle = host.Handle<IFirst>().With(new CallOptions { Timeout = TimeSpan.FromSeconds(0.3) });
        await Should.ThrowAsync<RequestTimeoutException>(() => handle.Remote.FirstAsync(CancellationToken.None));
        await Eventually.TrueAsync(() => host.Object<First>().Cancelled == 1 && host.Object<Second>().Cancelled == 1 && host.Object<Subject>() is { Waiting: 0 });
    }

    [Fact]
    public void Deadline_NothingCanEndTheCall_HasNoToken()
    {
        using var deadline = CallDeadline.Start(timeout: null, TimeProvider.System, request: null, caller: default, stop: default);
        deadline.Token.CanBeCanceled.ShouldBeFalse();
        (deadline.Remaining, deadline.End, deadline.HasPassed).ShouldBe((null, null, false));
    }

    [Fact]
    public void Deadline_RequestsTimeIsTheShorter_TakesTheRequestsToken()
    {
        var clock = new ManualTimeProvider();
        using var client = new CancellationTokenSource();
        var request = new RequestContext("r", clock.GetTimestamp() + TimeSpan.TicksPerSecond, client.Token);
        using var deadline = CallDeadline.Start(TimeSpan.FromSeconds(5), clock, request, client.Token, stop: default);
        deadline.Token.ShouldBe(client.Token);
        clock.PendingTimers.ShouldBe(0);
        deadline.Remaining.ShouldBe(TimeSpan.FromSeconds(1));
        clock.Advance(TimeSpan.FromSeconds(1));
        deadline.HasPassed.ShouldBeTrue();
    }

    [Fact]
    public void Deadline_OwnTimeIsTheShorter_EndsWithIt()
    {
        var clock = new ManualTimeProvider();
        using var client = new CancellationTokenSource();
        var request = new RequestContext("r", clock.GetTimestamp() + TimeSpan.TicksPerHour, client.Token);
        using var deadline = CallDeadline.Start(TimeSpan.FromSeconds(5), clock, request, caller: default, stop: default);
        clock.Advance(TimeSpan.FromSeconds(5));
        deadline.Token.IsCancellationRequested.ShouldBeTrue();
        deadline.HasPassed.ShouldBeTrue();
    }

    private static async Task<HandleHost> StartChainAsync(bool isRemote, int maxOngoing)
    {
        var host = new HandleHost(isRemote) { Deployments = [typeof(Subject), typeof(Second), typeof(First)] };
        await host.StartAsync<Subject>(maxOngoing: maxOngoing);
        await host.StartAsync<Second>();
        await host.StartAsync<First>();
        return host;
    }

    public interface IFirst
    {
        Task<string> FirstAsync(CancellationToken cancellationToken);
    }

    public interface ISecond
    {
        Task<string> SecondAsync();
    }

    public abstract class Step
    {
        private int _cancelled;

        public int Cancelled => Volatile.Read(ref _cancelled);

        protected async Task<string> CountAsync(Task<string> call)
        {
            try
            {
                return await call;
            }
            catch (Exception exception) when (exception is OperationCanceledException or RequestTimeoutException)
            {
                Interlocked.Increment(ref _cancelled);
                throw;
            }
        }
    }

    [Deployment]
    public sealed class First(DeploymentHandle<ISecond> second) : Step, IFirst
    {
        public Task<string> FirstAsync(CancellationToken cancellationToken) => CountAsync(second.Remote.SecondAsync());
    }

    [Deployment]
    public sealed class Second(DeploymentHandle<ISubject> subject) : Step, ISecond
    {
        public Task<string> SecondAsync() => CountAsync(subject.Remote.WaitAsync(CancellationToken.None));
    }
}
