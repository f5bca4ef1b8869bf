using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Serve.Identity;
using Serve.Routing.Load;
using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling;
using Serve.Server.Controller.Line;
using Serve.Server.Node.Line;
using Serve.Server.Node.Load;
using Serve.Testing;
using Serve.Wire.Control;

namespace Serve.Tests.Server.Controller.Line;

/// <summary>A node and a leader in two processes, both ends here.</summary>
public sealed class LeaderServerTests : IAsyncLifetime
{
    private static readonly DeploymentId Model = States.Api;

    private static readonly ReplicaState Known = States.AReplica(2, ReplicaPhase.Running);

    private static readonly ReplicaId Replica = Known.Id;

    private readonly TemporaryFolder _folder = new();
    private readonly TestLog _log = new();
    private readonly NodeLoad _load = new(TimeProvider.System);
    private readonly ControllerState _state = StateWith(Known);
    private LoadBook _book = null!;
    private LeaderServer? _server;
    private LeaderLink? _link;
    private int _servers;
    private volatile bool _isAsked;

    private string Socket => Path.Combine(_folder.Path, $"leader{_servers}.sock");

    private double Running => _book.Over(Model, TimeSpan.FromSeconds(10)).Running;

    public Task InitializeAsync()
    {
        StartServer();
        _link = new LeaderLink(() => Socket, new NodeHello(Known.Node, "a"), _load, AskAsync, TimeProvider.System, _log.CreateLogger<LeaderLink>());
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await StopNodeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Load_OfTheNode_ComesToTheBook()
    {
        var source = _load.Open();
        Tell(source, running: 3);
        await Eventually.TrueAsync(() => Running == 3);
        Tell(source, running: 7);
        await Eventually.TrueAsync(() => Running == 7);
        source.Dispose();
        await Eventually.TrueAsync(() => Running == 0);
    }

    [Fact]
    public async Task Node_IsGone_ItsLoadIsGone()
    {
        Tell(_load.Open(), running: 3);
        await Eventually.TrueAsync(() => Running == 3);
        await StopNodeAsync();
        await Eventually.TrueAsync(() => Running == 0);
        _log.Entries.ShouldContain(entry => entry.EventId == 4304);
    }

    [Fact]
    public async Task Leader_ComesBackSomewhereElse_IsToldEverythingAgain()
    {
        Tell(_load.Open(), running: 3);
        Tell(_load.Open(), running: 2, deployment: "Other");
        await Eventually.TrueAsync(() => Running == 3);
        await _server!.DisposeAsync();
        StartServer();
        Running.ShouldBe(0);
        await Eventually.TrueAsync(() => Running == 3);
        _book.Over(Model with { Name = "Other" }, TimeSpan.FromSeconds(10)).Running.ShouldBe(2);
        _log.Entries.ShouldContain(entry => entry.EventId == 5301);
    }

    [Fact]
    public async Task Question_ForAReplica_IsAnsweredByIt()
    {
        Tell(_load.Open(), running: 3);
        await Eventually.TrueAsync(() => Running == 3);
        (await _book.AskReplicaAsync(Replica, "how many?", CancellationToken.None).WaitAsync(Eventually.Patience)).ShouldBe($"how many? asks {Replica}");
        (await _book.AskReplicaAsync(Replica with { Number = 99 }, "how many?", CancellationToken.None).WaitAsync(Eventually.Patience)).ShouldBeNull();
        var unanswered = _book.AskReplicaAsync(Replica, "wait", CancellationToken.None);
        await Eventually.TrueAsync(() => _isAsked);
        await StopNodeAsync();
        (await unanswered.WaitAsync(Eventually.Patience)).ShouldBeNull("The node has gone.");
        (await _book.AskReplicaAsync(Replica, "still there?", CancellationToken.None).WaitAsync(Eventually.Patience)).ShouldBeNull();
    }

    [Fact]
    public async Task Stranger_WhoDoesNotSayWhoItIs_IsSentAway()
    {
        using var socket = new System.Net.Sockets.Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket));
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(new byte[] { 255, 255, 255, 255 });
        (await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Eventually.Patience)).ShouldBe(0);
        _log.Entries.ShouldContain(entry => entry.EventId == 4302);
        Tell(_load.Open(), running: 3);
        await Eventually.TrueAsync(() => Running == 3);
    }

    private async Task StopNodeAsync()
    {
        if (_link is { } link)
            await link.DisposeAsync();
        _link = null;
    }

    private void StartServer()
    {
        _servers++;
        _book = new LoadBook(() => _state, TimeProvider.System);
        _server = new LeaderServer(Socket, _book, TimeProvider.System, _log.CreateLogger<LeaderServer>());
    }

    private async Task<string?> AskAsync(ReplicaId replica, string question, CancellationToken cancellationToken)
    {
        if (question == "wait")
        {
            _isAsked = true;
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        return $"{question} asks {replica}";
    }

    private static ControllerState StateWith(ReplicaState replica)
    {
        var application = States.Application(States.Deployment(1, replica));
        var state = new ControllerState { Epoch = 1, MaxRequestBodyBytes = 1 };
        return state with { Applications = state.Applications.Add(application.Name, application) };
    }

    private static void Tell(NodeLoadSource source, int running, string deployment = "Api") =>
        source.Take(new LoadReport([new DeploymentLoad("shop", deployment) { Running = running, Peak = running }]));
}
