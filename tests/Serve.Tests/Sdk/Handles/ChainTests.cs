using Serve.Testing;

namespace Serve.Tests.Sdk.Handles;

/// <summary>Calls that need the result of others.</summary>
public sealed class ChainTests : HandleSuite
{
    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task After_ResultOfAnotherCall_IsPassedOn(bool isRemote)
    {
        await StartAsync(isRemote);
        var first = Remote.EchoAsync("a");
        (await Handle.AfterAsync(first, (remote, text) => remote.EchoAsync(text))).ShouldBe("a!!");
        (await Handle.AfterAsync(first, Remote.EchoAsync("b"), (remote, one, other) => remote.EchoAsync(one + other))).ShouldBe("a!b!!");
        (await Handle.After(Task.FromResult(3), (remote, count) => remote.CountAsync(count, failAt: -1, CancellationToken.None)).ToListAsync()).ShouldBe([0, 1, 2]);
        await Handle.AfterAsync(first, (remote, _) => remote.PlainAsync());
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task After_NobodyAwaits_RunsAndTakesNoSlotWhileItWaits(bool isRemote)
    {
        await StartAsync(isRemote, maxOngoing: 1);
        var argument = new TaskCompletionSource<string>();
        _ = Handle.AfterAsync(argument.Task, (remote, text) => remote.EchoAsync(text));
        (await Remote.EchoAsync("other")).ShouldBe("other!");
        Subject.Calls.ShouldBe(1);
        argument.SetResult("now");
        await Eventually.TrueAsync(() => Subject.Calls == 2);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task After_ArgumentFails_NamesBothDeploymentsAndIsNotCalled(bool isRemote)
    {
        await using var host = new HandleHost(isRemote) { Deployments = [typeof(Subject), typeof(Upstream)] };
        await host.StartAsync<Subject>();
        await host.StartAsync<Upstream>();
        var subject = host.Handle<ISubject>();
        var upstream = host.Handle<IUpstream>().Remote;

        var exception = await Should.ThrowAsync<RemoteException>(() => subject.AfterAsync(upstream.FailAsync(), (remote, text) => remote.EchoAsync(text)));
        exception.Message.ShouldBe("Deployment 'Subject' was not called, for its argument failed. Deployment 'Upstream' threw System.FormatException: no text");
        exception.Deployment.ShouldBe(nameof(Upstream));
        exception.Is<FormatException>().ShouldBeTrue();
        (await Should.ThrowAsync<BackPressureException>(() => subject.AfterAsync(upstream.RefuseAsync(), (remote, text) => remote.EchoAsync(text)))).Message
            .ShouldBe("Deployment 'Subject' was not called, for its argument failed. the upstream cache is full");
        // The first is not waited for where the second has failed.
        await Should.ThrowAsync<RemoteException>(() => subject.AfterAsync(new TaskCompletionSource<string>().Task, upstream.FailAsync(), (remote, one, other) => remote.EchoAsync(one + other)));
        await Should.ThrowAsync<RemoteException>(async () => await subject.After(upstream.FailAsync(), (remote, text) => remote.CountAsync(text.Length, -1, CancellationToken.None)).ToListAsync());
        host.Object<Subject>().Calls.ShouldBe(0);
        (await subject.Remote.EchoAsync("still there")).ShouldBe("still there!");
    }

    [Fact]
    public async Task After_HandleOfAnObject_CallsIt()
    {
        var subject = new Subject();
        var handle = new DeploymentHandle<ISubject>(subject);
        (await handle.AfterAsync(Task.FromResult("a"), (remote, text) => remote.EchoAsync(text))).ShouldBe("a!");
        var results = await handle.BroadcastAsync(remote => remote.EchoAsync("b"));
        results.ShouldHaveSingleItem().Value.ShouldBe("b!");
    }

    public interface IUpstream
    {
        Task<string> FailAsync();

        Task<string> RefuseAsync();
    }

    [Deployment]
    public sealed class Upstream : IUpstream
    {
        public Task<string> FailAsync() => throw new FormatException("no text");

        public Task<string> RefuseAsync() => throw new BackPressureException("the upstream cache is full");
    }
}
