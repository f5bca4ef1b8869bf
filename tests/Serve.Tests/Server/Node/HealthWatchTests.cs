using System.Net;
using System.Net.Sockets;
using Serve.Server.Node;
using Serve.Testing;
using Serve.Tests.Server.Controller;
using Serve.Wire.Control;

namespace Serve.Tests.Server.Nodes;

/// <summary>Some failed health checks in a row replace a replica; fewer do not, however often.</summary>
public sealed class HealthWatchTests : IAsyncLifetime
{
    private const string Well = "well";
    private const string Ill = "ill";

    private readonly ManualTimeProvider _clock = new();
    private readonly NodeMeter _meter = new();
    private readonly CancellationTokenSource _stop = new();
    private NetworkStream _worker = null!;
    private WorkerLink _link = null!;

    public async Task InitializeAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndpoint);
        _worker = new NetworkStream(socket, ownsSocket: true);
        _link = new WorkerLink(new NetworkStream(await listener.AcceptSocketAsync(), ownsSocket: true));
        _ = _link.ReadAsync(static _ => { });
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _worker.DisposeAsync();
        await _link.DisposeAsync();
        _stop.Dispose();
        _meter.Dispose();
    }

    [Theory]
    [InlineData(3, Ill, Ill, Ill)]
    [InlineData(3, Ill, Ill, Well, Ill, Ill, Well, Ill, Well, Ill, Ill, Ill)]
    [InlineData(1, Well, Ill)]
    [InlineData(5, Ill, Ill, Ill, Ill, Ill)]
    public async Task Checks_FailInARow_AsManyAsTheThresholdAndNoFewerAreTooMany(int threshold, params string[] answers)
    {
        var unhealthy = Watch(threshold, timeout: TimeSpan.FromHours(1));
        foreach (var answer in answers)
        {
            unhealthy.IsCompleted.ShouldBeFalse();
            await AnswerAsync(answer);
        }

        (await unhealthy.WaitAsync(Eventually.Patience)).ShouldBe($"{threshold} health checks in a row failed (health_check_failure_threshold); the last one: ill");
    }

    [Fact]
    public async Task Checks_AreNotAnswered_CountAsFailed()
    {
        var unhealthy = Watch(threshold: 3, timeout: TimeSpan.FromSeconds(5));
        await Eventually.TrueAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return unhealthy.IsCompleted;
        });
        (await unhealthy).ShouldEndWith("the last one: no answer within 5 s (health_check_timeout_s)");
    }

    private Task<string> Watch(int threshold, TimeSpan timeout)
    {
        var desired = States.AReplica(1, Serve.Server.Controller.ReplicaPhase.Running).Desired with { HealthCheckFailureThreshold = threshold, HealthCheckTimeout = timeout };
        return new HealthWatch(_link, () => desired, _meter, _clock).UntilUnhealthyAsync(_stop.Token);
    }

    private async Task AnswerAsync(string answer)
    {
        var read = LinkCodec.ReadAsync<AgentMessage>(_worker, _stop.Token).AsTask();
        await Eventually.TrueAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return read.IsCompleted;
        });
        var check = (await read).ShouldBeOfType<CheckHealth>();
        await _worker.WriteAsync(LinkCodec.Encode<WorkerMessage>(new Answer(check.Id, answer == Well ? null : Ill)));
    }
}
