using Serve.Testing;

namespace Serve.Tests.Sdk.Handles;

/// <summary>Replicas that end, and calls that are made twice.</summary>
public sealed class RetryTests : HandleSuite
{
    [Fact]
    public async Task Call_ReplicaEndsMeanwhile_SaysSoAndIsNotMadeAgain()
    {
        await StartAsync(isRemote: true, replicas: 2);
        var call = Remote.WaitAsync(CancellationToken.None);
        var worker = await WorkerAsync();
        await Host.Replica<Subject>(worker).DisposeAsync();
        (await Should.ThrowAsync<ReplicaLostException>(() => call)).Message.ShouldContain("'Subject'");
        Host.Object<Subject>(1 - worker).Calls.ShouldBe(0);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(true)]
    public async Task IdempotentCall_ReplicaEndsMeanwhile_IsMadeOnAnother(bool? option)
    {
        await StartAsync(isRemote: true, replicas: 2);
        var remote = Handle.With(new CallOptions { IsIdempotent = option }).Remote;
        var call = option is null ? remote.WaitOnceAsync(CancellationToken.None) : remote.WaitAsync(CancellationToken.None);
        var worker = await WorkerAsync();
        var other = Host.Object<Subject>(1 - worker);
        await Host.Replica<Subject>(worker).DisposeAsync();
        await Eventually.TrueAsync(() => other.Waiting == 1);
        other.Release();
        (await call).ShouldBe("released");
    }

    [Fact]
    public async Task IdempotentCall_OptionSaysOtherwise_IsNotMadeAgain()
    {
        await StartAsync(isRemote: true, replicas: 2);
        var call = Handle.With(new CallOptions { IsIdempotent = false }).Remote.WaitOnceAsync(CancellationToken.None);
        await Host.Replica<Subject>(await WorkerAsync()).DisposeAsync();
        await Should.ThrowAsync<ReplicaLostException>(() => call);
    }

    [Fact]
    public async Task Call_OneReplicaIsDead_GoesToTheOther()
    {
        await StartAsync(isRemote: true, replicas: 2);
        await Host.Replica<Subject>(0).DisposeAsync();
        for (var i = 0; i < 10; i++)
            (await Remote.EchoAsync("a")).ShouldBe("a!");
    }

    [Fact]
    public async Task Stream_ReplicaEndsMeanwhile_SaysSoAfterTheItemsThatCame()
    {
        await StartAsync(isRemote: true);
        var count = 0;
        await Should.ThrowAsync<ReplicaLostException>(async () =>
        {
            await foreach (var block in Remote.BlocksAsync(1000, CancellationToken.None))
            {
                if (++count == 10)
                    await Host.Replica<Subject>().DisposeAsync();
            }
        });
        count.ShouldBeGreaterThanOrEqualTo(10);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task HedgedCall_FirstReplicaTakesLong_SecondAnswersAndTheFirstIsCancelled(bool isRemote)
    {
        await StartAsync(isRemote, replicas: 2);
        var call = Handle.With(new CallOptions { HedgeAfter = TimeSpan.FromMilliseconds(20) }).Remote.WaitOnceAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => Subject.Waiting == 1 && Host.Object<Subject>(1).Waiting == 1);
        Host.Object<Subject>(1).Release();
        (await call).ShouldBe("released");
        await Eventually.TrueAsync(() => Subject.Cancelled == 1);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task HedgedCall_MethodIsNotIdempotent_AsksOnce(bool isRemote)
    {
        await StartAsync(isRemote, replicas: 2);
        var call = Handle.With(new CallOptions { HedgeAfter = TimeSpan.Zero }).Remote.WaitAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => Subject.Waiting + Host.Object<Subject>(1).Waiting == 1);
        (await Handle.With(new CallOptions { HedgeAfter = TimeSpan.FromHours(1) }).Remote.WaitOnceAsync(new CancellationToken(canceled: true)).ContinueWith(task => task.IsCanceled, TaskScheduler.Default)).ShouldBeTrue();
        Subject.Release();
        Host.Object<Subject>(1).Release();
        await call;
        (Subject.Calls + Host.Object<Subject>(1).Calls).ShouldBe(1);
    }

    /// <summary>The index of the replica that works on the only call.</summary>
    private async Task<int> WorkerAsync()
    {
        await Eventually.TrueAsync(() => Subject.Waiting + Host.Object<Subject>(1).Waiting == 1);
        return Subject.Waiting == 1 ? 0 : 1;
    }
}
