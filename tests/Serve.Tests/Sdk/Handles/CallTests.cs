using Serve.Handles;
using Serve.Replica;
using Serve.Testing;

namespace Serve.Tests.Sdk.Handles;

public sealed class CallTests : HandleSuite
{
    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Call_OfEachKindOfMethod_ReturnsItsResult(bool isRemote)
    {
        await StartAsync(isRemote);
        (await Remote.EchoAsync("ä")).ShouldBe("ä!");
        (await Remote.AddAsync(20, 1, CancellationToken.None)).ShouldBe(21);
        (await Remote.DoubleAsync([1, -2])).ShouldBe([2f, -4f]);
        await Remote.PlainAsync();
        await Remote.PlainValueAsync();
        (await Remote.CountAsync(4, failAt: -1, CancellationToken.None).ToListAsync()).ShouldBe([0, 1, 2, 3]);
        (await Remote.CountAsync(0, failAt: -1, CancellationToken.None).ToListAsync()).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Call_WithArraysOfAnySize_ArrivesAndComesBack(bool isRemote)
    {
        await StartAsync(isRemote);
        foreach (var length in new[] { 0, 1, 16 * 1024 - 20, 16 * 1024, 100_000, 1_000_000 })
        {
            var values = new float[length];
            Array.Fill(values, 1.5f);
            var doubled = await Remote.DoubleAsync(values);
            doubled.Length.ShouldBe(length);
            doubled.All(value => value == 3f).ShouldBeTrue();
        }

        (await Remote.EchoAsync(new string('x', 1_000_000))).Length.ShouldBe(1_000_001);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Call_NobodyAwaits_RunsAllTheSame(bool isRemote)
    {
        await StartAsync(isRemote);
        _ = Remote.EchoAsync("unheard");
        await Eventually.TrueAsync(() => Subject.Calls == 1);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Call_UserCodeThrows_IsARemoteExceptionWithTypeAndStack(bool isRemote)
    {
        await StartAsync(isRemote);
        var exception = await Should.ThrowAsync<RemoteException>(() => Remote.ThrowAsync("bad"));
        exception.Is<FormatException>().ShouldBeTrue();
        (exception.RemoteMessage, exception.Deployment).ShouldBe(("bad", nameof(Subject)));
        exception.RemoteStackTrace!.ShouldContain(nameof(Subject.ThrowAsync));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Call_MethodFailsWithAFailureOfServe_KeepsItsType(bool isRemote)
    {
        await StartAsync(isRemote);
        (await Should.ThrowAsync<BackPressureException>(() => Remote.RefuseAsync())).Message.ShouldBe("the cache is full");
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Calls_MoreThanTheLimit_NeverRunTogetherAndAllEnd(bool isRemote)
    {
        await StartAsync(isRemote, replicas: 2, maxOngoing: 3);
        var calls = Enumerable.Range(0, 30).Select(_ => Remote.WaitAsync(CancellationToken.None)).ToList();
        await Eventually.TrueAsync(() => Subject.Waiting + Host.Object<Subject>(1).Waiting == 6);
        Subject.Release();
        Host.Object<Subject>(1).Release();
        (await Task.WhenAll(calls)).ShouldAllBe(answer => answer == "released");
        Subject.MostTogether.ShouldBe(3);
        Host.Object<Subject>(1).MostTogether.ShouldBe(3);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Calls_OfTwoRouters_ShareTheReplicasLimit(bool isRemote)
    {
        await StartAsync(isRemote, maxOngoing: 1);
        // Another process's call has the only slot.
        Host.Replica<Subject>().Gate.TryEnter().ShouldBeTrue();
        var call = Remote.EchoAsync("waits");
        call.IsCompleted.ShouldBeFalse();
        Subject.Calls.ShouldBe(0);
        Host.Replica<Subject>().Gate.Exit();
        (await call).ShouldBe("waits!");
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Call_QueueIsFull_IsRefusedAtOnce(bool isRemote)
    {
        await StartAsync(isRemote, maxOngoing: 1, maxQueued: 1);
        var running = Remote.WaitAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => Subject.Waiting == 1);
        var queued = Remote.EchoAsync("queued");
        await Should.ThrowAsync<BackPressureException>(() => Remote.EchoAsync("too many"));
        Subject.Release();
        (await queued).ShouldBe("queued!");
        await running;
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Call_CallerStopsWaiting_GoesOn(bool isRemote)
    {
        await StartAsync(isRemote);
        var call = Remote.WaitAsync(CancellationToken.None);
        await Should.ThrowAsync<TimeoutException>(() => call.WaitAsync(TimeSpan.FromMilliseconds(20)));
        await Eventually.TrueAsync(() => Subject.Waiting == 1);
        Subject.Release();
        (await call).ShouldBe("released");
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Options_OfAHandle_ReachTheMethod(bool isRemote)
    {
        await StartAsync(isRemote);
        var seen = await Handle.With(new CallOptions { ModelId = "fr", Priority = 1, Timeout = TimeSpan.FromSeconds(50) }).Remote.RequestAsync();
        (seen.ModelId, seen.Priority).ShouldBe(("fr", 1));
        seen.RemainingSeconds!.Value.ShouldBeInRange(20, 50);
        Guid.TryParse(seen.RequestId, out _).ShouldBeTrue();

        var plain = await Remote.RequestAsync();
        (plain.ModelId, plain.Priority, plain.RemainingSeconds).ShouldBe((null, null, null));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Call_WithinARequest_TakesItsIdPriorityAndTimeAlong(bool isRemote)
    {
        await StartAsync(isRemote);
        var end = TimeProvider.System.GetTimestamp() + 30 * TimeProvider.System.TimestampFrequency;
        RequestContext.Current = new RequestContext("the-request", end, CancellationToken.None) { ModelId = "not passed on", Priority = 6 };
        var seen = await Handle.With(new CallOptions { Timeout = TimeSpan.FromHours(1) }).Remote.RequestAsync();
        (seen.RequestId, seen.ModelId, seen.Priority).ShouldBe(("the-request", null, 6));
        seen.RemainingSeconds!.Value.ShouldBeInRange(10, 30);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Call_ModelWorksForAnotherRequest_CallersRequestStays(bool isRemote)
    {
        await StartAsync(isRemote);
        var request = new RequestContext("mine", deadline: null, CancellationToken.None);
        RequestContext.Current = request;
        await Handle.With(new CallOptions { ModelId = "fr" }).Remote.RequestAsync();
        await foreach (var item in Remote.CountAsync(3, failAt: -1, CancellationToken.None))
            RequestContext.Current.ShouldBeSameAs(request);
        RequestContext.Current.ShouldBeSameAs(request);
    }

    [Fact]
    public async Task Handle_OfManyThreads_Works()
    {
        await StartAsync(isRemote: true);
        var remote = Remote;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
                (await remote.AddAsync(i, 1, CancellationToken.None)).ShouldBe(i + 1);
        })));
    }

    [Fact]
    public async Task Call_OfAMethodThatTheReplicaHasNot_SaysSo()
    {
        await StartAsync(isRemote: true);
        var invoker = new HandleInvoker(new HandleRoutes(Host.Feed, HandleHost.Application, watch: null, TimeProvider.System), HandleHost.Application, nameof(Subject), new CallOptions());
        var exception = await Should.ThrowAsync<ServeException>(() => HandleProxy.Create<IOther>(invoker).OtherAsync());
        exception.Error.ShouldBe(ServeError.BadRequest);
        exception.Message.ShouldBe("Deployment 'Subject' has no method 'IOther.OtherAsync' that handles can call.");
    }

    public interface IOther
    {
        Task OtherAsync();
    }
}
