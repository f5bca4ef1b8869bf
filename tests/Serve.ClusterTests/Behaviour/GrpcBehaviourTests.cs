namespace Serve.ClusterTests.Behaviour;

/// <summary>gRPC calls of every kind, and every end of them.</summary>
public abstract class GrpcBehaviourTests(ServedProgram program)
{
    private const int DeadlineExceeded = 4;
    private const int FailedPrecondition = 9;
    private const int ResourceExhausted = 8;
    private const int Internal = 13;

    private JournalFolder Journal => program.Journal;

    [Fact]
    public async Task Unary_Message_IsAnsweredOverHttp2()
    {
        var reply = await program.Grpc.CallAsync("test.Probe/Echo", "hello");
        reply.Status.ShouldBe(0, reply.Detail);
        reply.Messages.ShouldBe(["hello over HTTP/2"]);
    }

    [Fact]
    public async Task Metadata_OfTheClient_ReachesTheService()
    {
        var reply = await program.Grpc.CallAsync("test.Probe/Metadata", "x-colour", ("x-colour", "green"));
        reply.Messages.ShouldBe(["green"]);
    }

    [Theory]
    [InlineData("x-request-id")]
    [InlineData("request_id")]
    public async Task RequestId_Given_ComesBack(string name) =>
        (await program.Grpc.CallAsync("test.Probe/Echo", "x", (name, "mine"))).Metadata["x-request-id"].ShouldBe("mine");

    [Fact]
    public async Task RequestId_NotGiven_IsAUuid() =>
        Guid.TryParse((await program.Grpc.CallAsync("test.Probe/Echo", "x")).Metadata["x-request-id"], out _).ShouldBeTrue();

    [Theory]
    [InlineData("test.Probe/Throw")]
    [InlineData("test.Probe/ThrowBeforeAnswer")]
    public async Task Service_Throws_IsInternalWithoutTheSecret(string method)
    {
        var reply = await program.Grpc.CallAsync(method, "x");
        reply.Status.ShouldBe(Internal, reply.Detail);
        reply.Detail.ShouldNotContain("secret");
    }

    [Fact]
    public async Task Service_SetsAStatusAndThrows_TheStatusStands()
    {
        var reply = await program.Grpc.CallAsync("test.Probe/Refuse", "not in this state");
        (reply.Status, reply.Detail).ShouldBe((FailedPrecondition, "not in this state"));
    }

    [Theory]
    [InlineData("grpc-timeout", "300m")]
    [InlineData("x-request-timeout-seconds", "0.3")]
    public async Task Deadline_Passes_IsDeadlineExceededAndTheServiceIsCancelled(string name, string value)
    {
        var key = Journal.NewKey();
        var reply = await program.Grpc.CallAsync("test.Probe/Hold", key, (name, value));
        reply.Status.ShouldBe(DeadlineExceeded, reply.Detail);
        await Journal.SeenAsync(key, "door-cancelled");
    }

    [Fact]
    public async Task Client_Cancels_TheServiceIsCancelled()
    {
        var key = Journal.NewKey();
        using var source = new CancellationTokenSource();
        await using (var call = await program.Grpc.StartAsync("test.Probe/Hold", source.Token))
        {
            await call.WriteAsync(key);
            call.Complete();
            await Journal.SeenAsync(key, "door-started");
            await source.CancelAsync();
        }

        await Journal.SeenAsync(key, "door-cancelled");
    }

    [Fact]
    public async Task ClientStream_ManyMessages_AreAnsweredOnce()
    {
        await using var call = await program.Grpc.StartAsync("test.Probe/Sum", CancellationToken.None);
        for (var i = 1; i <= 1000; i++)
            await call.WriteAsync(i.ToString());
        call.Complete();
        (await call.FinishAsync()).Messages.ShouldBe(["500500"]);
    }

    [Fact]
    public async Task ClientStream_Empty_IsAnswered()
    {
        await using var call = await program.Grpc.StartAsync("test.Probe/Sum", CancellationToken.None);
        call.Complete();
        var reply = await call.FinishAsync();
        (reply.Status, string.Join(',', reply.Messages)).ShouldBe((0, "0"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task ServerStream_AnyNumber_ComesInOrder(int count)
    {
        var reply = await program.Grpc.CallAsync("test.Probe/Count", count.ToString());
        reply.Status.ShouldBe(0, reply.Detail);
        reply.Messages.ShouldBe(Enumerable.Range(0, count).Select(i => i.ToString()));
    }

    [Fact]
    public async Task Chat_BothWays_EachMessageIsAnsweredBeforeTheNext()
    {
        var key = Journal.NewKey();
        await using var call = await program.Grpc.StartAsync("test.Probe/Chat", CancellationToken.None, ("x-key", key));
        for (var i = 0; i < 3; i++)
        {
            await call.WriteAsync($"message {i}");
            (await call.ReadAsync()).ShouldBe($"re: message {i}");
        }

        call.Complete();
        (await call.FinishAsync()).Status.ShouldBe(0);
        await Journal.SeenAsync(key, "chat-ended");
    }

    [Fact]
    public async Task Chat_ServiceThrowsInTheMiddle_WhatCameBeforeArrivesAndTheStatusIsInternal()
    {
        await using var call = await program.Grpc.StartAsync("test.Probe/Chat", CancellationToken.None);
        await call.WriteAsync("one");
        (await call.ReadAsync()).ShouldBe("re: one");
        await call.WriteAsync("throw");
        var reply = await call.FinishAsync();
        (reply.Status, string.Join(',', reply.Messages)).ShouldBe((Internal, "re: one"));
    }

    [Fact]
    public async Task Chat_ClientGoesInTheMiddle_TheServiceSeesIt()
    {
        var key = Journal.NewKey();
        await using (var call = await program.Grpc.StartAsync("test.Probe/Chat", CancellationToken.None, ("x-key", key)))
        {
            await call.WriteAsync("one");
            (await call.ReadAsync()).ShouldBe("re: one");
        }

        await Journal.SeenAsync(key, "chat-lost");
    }

    [Fact]
    public async Task CalledDeployment_FullWithAFullQueue_IsResourceExhausted()
    {
        var keys = new[] { Journal.NewKey(), Journal.NewKey(), Journal.NewKey() };
        var first = program.Grpc.CallAsync("test.Probe/Narrow", keys[0]);
        await Journal.SeenAsync(keys[0], "narrow-started");
        var others = new[] { program.Grpc.CallAsync("test.Probe/Narrow", keys[1]), program.Grpc.CallAsync("test.Probe/Narrow", keys[2]) };
        (await await Task.WhenAny(others)).Status.ShouldBe(ResourceExhausted);
        foreach (var key in keys)
            Journal.Release(key);
        (await first).Status.ShouldBe(0);
        (await Task.WhenAll(others)).Count(reply => reply.Status == 0).ShouldBe(1);
    }

    [Fact]
    public async Task Ingress_FullWithAFullQueue_IsResourceExhausted()
    {
        var keys = new[] { Journal.NewKey(), Journal.NewKey(), Journal.NewKey() };
        var first = HoldAsync(keys[0]);
        await Journal.SeenAsync(keys[0], "door-started");
        var others = new[] { HoldAsync(keys[1]), HoldAsync(keys[2]) };
        var refused = await await Task.WhenAny(others);
        refused.Status.ShouldBe(ResourceExhausted, refused.Detail);
        refused.Detail.ShouldContain("max_queued_requests");
        foreach (var key in keys)
            Journal.Release(key);
        (await first).Status.ShouldBe(0);
        (await Task.WhenAll(others)).Count(reply => reply.Status == 0).ShouldBe(1);

        Task<GrpcReply> HoldAsync(string key) => program.NarrowGrpc.CallAsync("test.Narrow/Hold", key, ("grpc-timeout", "60S"));
    }
}

[Collection(ProxiedProgram.Collection)]
public sealed class ProxiedGrpcBehaviourTests(ProxiedProgram program) : GrpcBehaviourTests(program);

[Collection(EmbeddedProgram.Collection)]
public sealed class EmbeddedGrpcBehaviourTests(EmbeddedProgram program) : GrpcBehaviourTests(program)
{
    private const int NotFound = 5;

    private readonly EmbeddedProgram _program = program;

    /// <summary>Field 1 of a HealthCheckRequest is the name, with its length before; field 1 of a HealthCheckResponse the status, 1 for SERVING.</summary>
    [Theory]
    [InlineData("\n\ntest.Probe", 0, "\b\u0001")]
    [InlineData("", 0, "\b\u0001")]
    [InlineData("\n\u0007no.Such", NotFound, "")]
    public async Task Health_OfAServiceOfTheProgram_IsAnsweredBySelf(string request, int status, string answer)
    {
        var reply = await _program.Grpc.CallAsync("grpc.health.v1.Health/Check", request);
        (reply.Status, string.Join(',', reply.Messages)).ShouldBe((status, answer));
    }
}
