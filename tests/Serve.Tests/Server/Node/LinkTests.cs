using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.Logging;
using Serve.Identity;
using Serve.Server.Node;
using Serve.Testing;
using Serve.Wire.Control;

namespace Serve.Tests.Server.Nodes;

/// <summary>The agent's socket against workers that don't keep to the protocol.</summary>
public sealed class LinkTests : IAsyncLifetime
{
    private static readonly ReplicaId Replica = new(new DeploymentId("shop", "Api"), 1, 1);

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly TestLog _log = new();
    private readonly TaskCompletionSource<WorkerLink> _link = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<WorkerMessage> _heard = [];
    private LinkServer _server = null!;

    public Task InitializeAsync()
    {
        _server = new LinkServer(_folder.File("agent.sock"), AcceptAsync, _clock, _log.CreateLogger<LinkServer>());
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("this is not a message")]
    [InlineData("""{"type":"ready"}""")]
    [InlineData("""{"type":"a message of the next version"}""")]
    [InlineData("{}")]
    [InlineData("null")]
    public async Task FirstMessage_IsNoHello_AgentHangsUpAndTakesTheNextCall(string json)
    {
        await using (var stranger = await WorkerClient.ConnectAsync(_server.Path))
        {
            await stranger.SendAsync(Frame(json));
            (await stranger.ReadAsync()).ShouldBeNull();
        }

        await using var worker = await CallAsync();
        await _link.Task.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task FirstMessage_ClaimsMoreThanTheBound_AgentHangsUpWithoutReadingIt()
    {
        await using var stranger = await WorkerClient.ConnectAsync(_server.Path);
        var prefix = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(prefix, uint.MaxValue);
        await stranger.SendAsync(prefix);
        (await stranger.ReadAsync()).ShouldBeNull();
        _log.Entries.ShouldContain(entry => entry.EventId == 5002 && entry.Message.Contains("bound"));
    }

    [Fact]
    public async Task FirstMessage_NeverComes_AgentHangsUpInTime()
    {
        await using var stranger = await WorkerClient.ConnectAsync(_server.Path);
        var answer = stranger.ReadAsync();
        await Eventually.TrueAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            return answer.IsCompleted;
        });
        (await answer).ShouldBeNull();
    }

    [Fact]
    public async Task Question_WorkerHangsUp_IsAnsweredWithThat()
    {
        var worker = await CallAsync();
        var link = await _link.Task.WaitAsync(Eventually.Patience);
        var answer = link.AskAsync(static id => new CheckHealth(id), default);
        await worker.ReadAsync<CheckHealth>();
        await worker.DisposeAsync();
        (await answer.WaitAsync(Eventually.Patience)).ShouldBe("The worker closed its link.");
        (await link.AskAsync(static id => new CheckHealth(id), default).WaitAsync(Eventually.Patience)).ShouldBe("The worker closed its link.");
    }

    [Fact]
    public async Task Question_AnsweredTwiceAndForOneThatNobodyAsked_FirstAnswerCounts()
    {
        await using var worker = await CallAsync();
        var link = await _link.Task.WaitAsync(Eventually.Patience);
        var answer = link.AskAsync(static id => new CheckHealth(id), default);
        var question = await worker.ReadAsync<CheckHealth>();
        await worker.SendAsync(new Answer(987, "nobody asked"));
        await worker.SendAsync(new Answer(question.Id, "sick"));
        await worker.SendAsync(new Answer(question.Id, Failure: null));
        (await answer.WaitAsync(Eventually.Patience)).ShouldBe("sick");
    }

    [Fact]
    public async Task Metrics_OfAWorkerThatDoesNotAnswer_AreMissedAndOfOneThatIsGoneAreNothing()
    {
        var worker = await CallAsync();
        var link = await _link.Task.WaitAsync(Eventually.Patience);
        using var patience = new CancellationTokenSource();
        var answer = link.CollectMetricsAsync(patience.Token);
        await worker.ReadAsync<CollectMetrics>();
        await patience.CancelAsync();
        (await answer).ShouldBeNull();
        await worker.DisposeAsync();
        (await link.CollectMetricsAsync(default).WaitAsync(Eventually.Patience))!.Families.ShouldBeEmpty();
    }

    [Fact]
    public async Task Message_Garbage_ClosesTheLinkAndAnswersWhatWaits()
    {
        await using var worker = await CallAsync();
        var link = await _link.Task.WaitAsync(Eventually.Patience);
        var answer = link.AskAsync(static id => new CheckHealth(id), default);
        await worker.SendAsync(Frame("}"));
        (await answer.WaitAsync(Eventually.Patience)).ShouldBe("The worker closed its link.");
        while (await worker.ReadAsync() is not null)
        {
            // What was sent before.
        }
    }

    [Fact]
    public async Task Send_WorkerReadsNothing_LosesItsLinkRatherThanTheAgentsMemory()
    {
        await using var worker = await CallAsync();
        var link = await _link.Task.WaitAsync(Eventually.Patience);
        var large = new RoutesChanged(new(new string('x', 1024 * 1024), RoutePrefix: null, Ingress: null, []));
        var sent = 0;
        while (link.Send(large))
            (++sent).ShouldBeLessThan(1000);
    }

    [Fact]
    public void Socket_IsForItsOwnerOnly()
    {
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(_server.Path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private async Task<WorkerClient> CallAsync()
    {
        var worker = await WorkerClient.ConnectAsync(_server.Path);
        await worker.SendAsync(new Hello(Replica, ProcessId: 1));
        return worker;
    }

    private async Task AcceptAsync(Hello hello, WorkerLink link)
    {
        hello.Replica.ShouldBe(Replica);
        _link.TrySetResult(link);
        await link.ReadAsync(_heard.Add);
    }

    private static byte[] Frame(string json)
    {
        var bytes = new byte[4 + Encoding.UTF8.GetByteCount(json)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)(bytes.Length - 4));
        Encoding.UTF8.GetBytes(json, bytes.AsSpan(4));
        return bytes;
    }
}
