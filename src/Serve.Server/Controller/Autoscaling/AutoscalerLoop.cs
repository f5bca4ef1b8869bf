using Microsoft.Extensions.Logging;
using Serve.Identity;

namespace Serve.Server.Controller.Autoscaling;

/// <summary>Runs the autoscaler beside the controller: ten rounds a second, what shall change as messages to the actor.</summary>
internal sealed partial class AutoscalerLoop : IAsyncDisposable
{
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

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task RunAsync(TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(AutoscalerRounds.Round, timeProvider);
        while (!_controller.Ended.IsCompleted && await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                Turn(cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // What went wrong with one round need not go wrong with the next; the numbers stay meanwhile.
                LogFault(exception);
            }
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
