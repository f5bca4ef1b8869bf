using Microsoft.Extensions.Logging.Abstractions;
using Serve.Server.Controller;

namespace Serve.Testing.Cluster;

/// <summary>The controller's actor without its threads: reducer, effect runner and store, driven message by message.</summary>
internal sealed class FakeController
{
    private const long MaxRequestBodyBytes = 1024;

    private readonly EffectRunner _effects;
    private readonly MemoryStore _store;
    private readonly TimeProvider _clock;

    private FakeController(ControllerState state, EffectRunner effects, MemoryStore store, TimeProvider clock)
    {
        State = state;
        _effects = effects;
        _store = store;
        _clock = clock;
    }

    public ControllerState State { get; private set; }

    public Dictionary<Ticket, RequestProblem?> Replies { get; } = [];

    /// <summary>The effects of all steps, in order.</summary>
    public List<Effect> Effects { get; } = [];

    /// <summary>Takes the lead, as its actor does.</summary>
    public static async Task<FakeController> StartAsync(MemoryStore store, TimeProvider clock)
    {
        var (epoch, leadership) = await Leadership.TakeAsync(store, default);
        var effects = new EffectRunner(store, leadership, NullLogger<EffectRunner>.Instance);
        var recovered = Recovery.Load(store.Entries(), epoch, MaxRequestBodyBytes, clock.GetUtcNow());
        if (!await effects.RunAsync(recovered.Effects, default))
            throw new InvalidOperationException("The new leader could not write.");
        var controller = new FakeController(recovered.State, effects, store, clock);
        controller.Effects.AddRange(recovered.Effects);
        return controller;
    }

    /// <summary>Reduces messages together and writes their effects at once.</summary>
    /// <returns>False where another controller leads.</returns>
    public async Task<bool> HandleAsync(params IReadOnlyList<ControllerMessage> messages)
    {
        var state = State;
        var effects = new List<Effect>();
        foreach (var message in messages)
        {
            var reduction = Reducer.Reduce(state, message, _clock.GetUtcNow());
            state = reduction.State;
            effects.AddRange(reduction.Effects);
        }

        if (!await _effects.RunAsync(effects, default))
            return false;
        State = state;
        Effects.AddRange(effects);
        foreach (var reply in effects.OfType<Reply>())
            Replies[reply.Ticket] = reply.Problem;
        ClusterInvariants.Check(State, _store);
        return true;
    }
}
