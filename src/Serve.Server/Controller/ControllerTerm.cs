using Microsoft.Extensions.Logging;
using Serve.Server.Controller.Scheduling;
using Serve.Server.Store;

namespace Serve.Server.Controller;

/// <summary>A step of the controller's mind; <see cref="Reducer.Reduce"/>.</summary>
internal delegate Reduction ReduceStep(ControllerState state, ControllerMessage message, DateTimeOffset now);

/// <summary>
/// One controller's time as the leader: takes the lead, goes on where the last one stopped, and from then on turns messages into writes
/// that the leader's key fences. It has no thread and no mailbox of its own, so that a simulation can run it, and several at once.
/// </summary>
internal sealed class ControllerTerm
{
    private readonly EffectRunner _effects;
    private readonly SteadyClock _clock;
    private readonly ReduceStep _reduce;
    private volatile ControllerState _state;

    private ControllerTerm(ControllerState state, StoreRange known, EffectRunner effects, SteadyClock clock, ReduceStep reduce)
    {
        _state = state;
        Known = known;
        _effects = effects;
        _clock = clock;
        _reduce = reduce;
    }

    /// <summary>The last state that is durable.</summary>
    public ControllerState State => _state;

    /// <summary>What the store held when the term began; changes after it must be told as messages.</summary>
    public StoreRange Known { get; }

    /// <summary>Told of a message that could not be handled; it has changed nothing.</summary>
    public Action<ControllerMessage, Exception> OnFault { get; set; } = static (_, _) => { };

    /// <summary>The time as the state's wakeups count it.</summary>
    public DateTimeOffset Now => _clock.Now;

    /// <summary>Takes the lead and goes on where the last controller stopped.</summary>
    /// <param name="store">The cluster's store.</param>
    /// <param name="maxRequestBodyBytes">What the proxies accept.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="loggers">The log.</param>
    /// <param name="reduce">The controller's mind.</param>
    /// <param name="scheduling">How replicas are placed, or null for the defaults.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">Another controller leads.</exception>
    public static async Task<ControllerTerm> BeginAsync(
        IClusterStore store,
        long maxRequestBodyBytes,
        TimeProvider timeProvider,
        ILoggerFactory loggers,
        ReduceStep reduce,
        SchedulingOptions? scheduling,
        CancellationToken cancellationToken)
    {
        var (epoch, leadership) = await Leadership.TakeAsync(store, cancellationToken);
        var clock = new SteadyClock(timeProvider);
        var effects = new EffectRunner(store, leadership, loggers.CreateLogger<EffectRunner>());
        var known = await store.RangeAsync("/serve/", cancellationToken);
        var recovered = Recovery.Load(known.Entries, epoch, maxRequestBodyBytes, clock.Now, scheduling);
        return await effects.RunAsync(recovered.Effects, cancellationToken)
            ? new ControllerTerm(recovered.State, known, effects, clock, reduce)
            : throw new InvalidOperationException("Another controller leads this cluster.");
    }

    /// <summary>
    /// Handles what is due and messages together, and writes their effects at once. What it throws leaves open whether they were written:
    /// the term is over then, and the next one reads what there is.
    /// </summary>
    /// <returns>The answers to requests, now that all is durable; null where another controller leads by now.</returns>
    public async Task<IReadOnlyList<Reply>?> HandleAsync(IEnumerable<ControllerMessage> messages, CancellationToken cancellationToken)
    {
        var effects = new List<Effect>();
        var state = Reduce(_state, new Tick(), effects);
        foreach (var message in messages)
            state = Reduce(state, message, effects);
        if (!await _effects.RunAsync(effects, cancellationToken))
            return null;
        _state = state;
        return [.. effects.OfType<Reply>()];
    }

    private ControllerState Reduce(ControllerState state, ControllerMessage message, List<Effect> effects)
    {
        try
        {
            var reduction = _reduce(state, message, _clock.Now);
            effects.AddRange(reduction.Effects);
            return reduction.State;
        }
        catch (Exception exception)
        {
            // A fault in one message must not stop all the others; the state before it stays.
            OnFault(message, exception);
            return message is Tick && !state.Wakeups.IsEmpty ? state with { Wakeups = state.Wakeups.Remove(state.Wakeups.Min) } : state;
        }
    }
}
