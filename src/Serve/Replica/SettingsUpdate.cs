using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serve.Routing;
using Serve.Telemetry.Logs;
using Serve.Wire.Control;

namespace Serve.Replica;

/// <summary>
/// Has a running replica take changed settings up. Its class gets a changed user config while no request runs, unless it says that it
/// does not mind. A replica that does not become quiet, for a long stream perhaps, takes requests again and tries once more later.
/// </summary>
internal sealed partial class SettingsUpdate(
    DeploymentInstance instance, AdmissionGate gate, LogControl logging, IHostApplicationLifetime lifetime, TimeProvider timeProvider, ILogger<SettingsUpdate> logger)
{
    /// <summary>How long new requests are turned away so that the running ones can finish.</summary>
    private static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(10);

    /// <summary>How long they are let in again after that was in vain: twice as long each time, up to <see cref="LongestPause"/>.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    private JsonNode? _userConfig;
    private bool _isKnown;

    /// <summary>The user config that the replica started with.</summary>
    public void Begin(JsonNode? userConfig)
    {
        _userConfig = userConfig;
        _isKnown = true;
    }

    /// <summary>Completes when the settings are in force.</summary>
    /// <exception cref="InvalidOperationException">The class takes no user config, or it does not fit.</exception>
    public async Task ApplyAsync(ReplicaSettings settings)
    {
        logging.Use(settings.Logging);
        if (!_isKnown || !JsonNode.DeepEquals(_userConfig, settings.UserConfig))
        {
            // Where it throws, nobody knows what the object has taken up: the next settings are told to it, whatever they are.
            _isKnown = false;
            await (instance.Type.ReconfiguresWhileServing ? ReconfigureAsync(settings.UserConfig) : ReconfigureInQuietAsync(settings.UserConfig));
            Begin(settings.UserConfig);
        }

        gate.Limit = settings.MaxOngoingRequests;
    }

    private async Task ReconfigureInQuietAsync(JsonNode? userConfig)
    {
        for (var pause = FirstPause; !await TryInQuietAsync(userConfig); pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, LongestPause.Ticks)))
        {
            LogNotQuiet(gate.Ongoing, QuietTime.TotalSeconds, pause.TotalSeconds);
            await Task.Delay(pause, timeProvider, lifetime.ApplicationStopping);
        }
    }

    private async Task<bool> TryInQuietAsync(JsonNode? userConfig)
    {
        var isQuiet = false;
        using var timeout = new CancellationTokenSource(QuietTime, timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, lifetime.ApplicationStopping);
        try
        {
            return await gate.RunQuiescedAsync(
                async () =>
                {
                    isQuiet = true;
                    await ReconfigureAsync(userConfig);
                    return true;
                },
                both.Token);
        }
        catch (OperationCanceledException) when (!isQuiet && !lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return false;
        }
    }

    private Task ReconfigureAsync(JsonNode? userConfig) => instance.ReconfigureAsync(userConfig, lifetime.ApplicationStopping);

    [LoggerMessage(EventId = 2010, Level = LogLevel.Warning, Message = "{Count} requests still ran after {Seconds} s; the new user_config waits, and is tried again in {Pause} s")]
    private partial void LogNotQuiet(int count, double seconds, double pause);
}
