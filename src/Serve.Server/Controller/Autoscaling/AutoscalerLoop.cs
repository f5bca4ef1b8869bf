using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Serve.Identity;

namespace Serve.Server.Controller.Autoscaling;

/// <summary>Runs the autoscaler beside the controller: ten rounds a second and one more where requests begin to wait, what shall change as messages to the actor.</summary>
internal sealed partial class AutoscalerLoop : IAsyncDisposable
{
    /// <summary>Between a round out of turn and the next one.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(20);

    private readonly Channel<bool> _hurried = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ControllerActor _controller;
    private readonly AutoscalerRounds _rounds;
    private readonly Dictionary<DeploymentId, Task<RequestProblem?>> _asked = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger _logger;
    private readonly Task _loop;

    public AutoscalerLoop(ControllerActor controller, ILoadView load, IScalingPolicies? policies, TimeProvider timeProvider, ILoggerFactory loggers)
    {
        _controller = controller;
        Load = load;
        Policies = policies;
        _rounds = new AutoscalerRounds(load, policies);
        _logger = loggers.CreateLogger<AutoscalerLoop>();
        _loop = Task.Run(() => RunAsync(timeProvider, _stopping.Token));
    }

    /// <summary>What it reads.</summary>
    public ILoadView Load { get; }

    /// <summary>The programs' policies, or null where nobody asks them.</summary>
    public IScalingPolicies? Policies { get; }

    /// <summary>What it has decided.</summary>
    public DecisionLog Decisions => _rounds.Decisions;

    /// <summary>Has the next round come at once.</summary>
    public void Hurry() => _hurried.Writer.TryWrite(true);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task RunAsync(TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(AutoscalerRounds.Round, timeProvider);
        var tick = timer.WaitForNextTickAsync(cancellationToken).AsTask();
        var hurry = _hurried.Reader.ReadAsync(cancellationToken).AsTask();
        while (!_controller.Ended.IsCompleted)
        {
            var isTick = await Task.WhenAny(tick, hurry) == tick;
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                Turn(cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // What went wrong with one round need not go wrong with the next; the numbers stay meanwhile.
                LogFault(exception);
            }

            if (isTick)
            {
                tick = timer.WaitForNextTickAsync(cancellationToken).AsTask();
                continue;
            }

            await Task.Delay(Breath, timeProvider, cancellationToken);
            hurry = _hurried.Reader.ReadAsync(cancellationToken).AsTask();
        }
    }

    private void Turn(CancellationToken cancellationToken)
    {
        foreach (var (id, answer) in _asked.Where(pair => pair.Value.IsCompleted).ToList())
        {
            _asked.Remove(id);
            _rounds.Answered(id);
            if (answer is { IsCompletedSuccessfully: true, Result: { } problem })
                LogRefused(id, problem.Message);
        }

        foreach (var (id, decision) in _rounds.Next(_controller.State, _controller.Now))
            _asked[id] = _controller.AskAsync(ticket => new Autoscale(ticket, id, decision.Before, decision.After, decision.Rule), cancellationToken);
    }

    [LoggerMessage(EventId = 4201, Level = LogLevel.Error, Message = "A round of the autoscaler failed; the numbers of replicas stay as they are")]
    private partial void LogFault(Exception exception);

    [LoggerMessage(EventId = 4202, Level = LogLevel.Debug, Message = "{Deployment} is not scaled: {Reason}")]
    private partial void LogRefused(DeploymentId deployment, string reason);
}
