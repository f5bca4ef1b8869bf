using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Serve.Discovery;
using Serve.Replica;
using Serve.Routing;
using Serve.Telemetry.Logs;
using Serve.Testing;
using Serve.Wire.Control;

namespace Serve.Tests.Sdk;

/// <summary>A running replica takes changed settings up.</summary>
public sealed class SettingsUpdateTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly AdmissionGate _gate = new(2);

    [Fact]
    public async Task Apply_RequestsAreRunning_WaitsForThemAndLetsNobodyInMeanwhile()
    {
        var (update, target) = await StartAsync<Careful>();
        _gate.TryEnter().ShouldBeTrue();
        var applied = update.ApplyAsync(Settings("a"));
        _gate.TryEnter().ShouldBeFalse();
        target.Seen.ShouldBeEmpty();
        _gate.Exit();
        await applied.WaitAsync(Eventually.Patience);
        target.Seen.ShouldBe(["a"]);
        _gate.TryEnter().ShouldBeTrue();
    }

    [Fact]
    public async Task Apply_AStreamDoesNotEnd_ServesOnAndTriesAgainLater()
    {
        var (update, target) = await StartAsync<Careful>();
        _gate.TryEnter().ShouldBeTrue();
        var applied = update.ApplyAsync(Settings("a"));
        await PassAsync(TimeSpan.FromSeconds(10));
        await Eventually.TrueAsync(_gate.TryEnter);
        target.Seen.ShouldBeEmpty();
        _gate.Exit();
        _gate.Exit();
        await PassAsync(TimeSpan.FromSeconds(10));
        await applied.WaitAsync(Eventually.Patience);
        target.Seen.ShouldBe(["a"]);
    }

    [Fact]
    public async Task Apply_ClassThatDoesNotMind_ReconfiguresBesideRunningRequests()
    {
        var (update, target) = await StartAsync<Relaxed>();
        _gate.TryEnter().ShouldBeTrue();
        await update.ApplyAsync(Settings("a")).WaitAsync(Eventually.Patience);
        target.Seen.ShouldBe(["a"]);
    }

    [Fact]
    public async Task Apply_OnlyTheLimitChanged_DoesNotTouchTheClass()
    {
        var (update, target) = await StartAsync<Careful>();
        _gate.TryEnter().ShouldBeTrue();
        await update.ApplyAsync(Settings(null, limit: 5)).WaitAsync(Eventually.Patience);
        _gate.Limit.ShouldBe(5);
        target.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task Apply_ClassThrew_IsToldTheSameAgain()
    {
        var (update, target) = await StartAsync<Careful>();
        target.Fails = true;
        await Should.ThrowAsync<FormatException>(() => update.ApplyAsync(Settings("a")));
        target.Fails = false;
        await update.ApplyAsync(Settings("a"));
        await update.ApplyAsync(Settings("a"));
        target.Seen.ShouldBe(["a"]);
    }

    private static ReplicaSettings Settings(string? userConfig, int limit = 2) => new(limit, 1024, userConfig is null ? null : JsonValue.Create(userConfig));

    private async Task PassAsync(TimeSpan time)
    {
        await Eventually.TrueAsync(() => _clock.PendingTimers > 0);
        _clock.Advance(time);
    }

    private async Task<(SettingsUpdate Update, Careful Target)> StartAsync<T>()
        where T : Careful
    {
        var services = new ServiceCollection();
        var type = DeploymentType.Of(typeof(T));
        DeploymentInstance.Register(services, type, static _ => null!, count: 1);
        var instance = new DeploymentInstance(type, services.BuildServiceProvider(), index: 0);
        await instance.StartAsync(userConfig: null, static _ => { }, CancellationToken.None);
        var update = new SettingsUpdate(instance, _gate, new LogControl(spec: null), new Lifetime(), _clock, NullLogger<SettingsUpdate>.Instance);
        update.Begin(userConfig: null);
        return (update, (Careful)instance.Target);
    }

    [Deployment]
    public class Careful : IReconfigure<string>
    {
        public List<string> Seen { get; } = [];

        public bool Fails { get; set; }

        public Task ReconfigureAsync(string userConfig, CancellationToken cancellationToken)
        {
            if (Fails)
                throw new FormatException(userConfig);
            Seen.Add(userConfig);
            return Task.CompletedTask;
        }
    }

    [Deployment(ReconfiguresWhileServing = true)]
    public sealed class Relaxed : Careful;

    private sealed class Lifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
        }
    }
}
