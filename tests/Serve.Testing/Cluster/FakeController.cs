using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging.Abstractions;
using Serve.Server.Controller;

namespace Serve.Testing.Cluster;

/// <summary>The controller's actor without its threads: a term over a store in memory, driven message by message.</summary>
internal sealed class FakeController
{
    private const long MaxRequestBodyBytes = 1024;

    private readonly MemoryStore _store;
    private readonly ControllerTerm _term;

    private FakeController(MemoryStore store, ControllerTerm term)
    {
        _store = store;
        _term = term;
        term.OnFault = static (_, exception) => ExceptionDispatchInfo.Throw(exception);
    }

    public ControllerState State => _term.State;

    public Dictionary<Ticket, RequestProblem?> Replies { get; } = [];

    /// <summary>Takes the lead, as its actor does.</summary>
    public static async Task<FakeController> StartAsync(MemoryStore store, TimeProvider clock)
    {
        var term = await ControllerTerm.BeginAsync(store, MaxRequestBodyBytes, clock, NullLoggerFactory.Instance, Reducer.Reduce, scheduling: null, default);
        return new FakeController(store, term);
    }

    /// <summary>Reduces messages together and writes their effects at once.</summary>
    /// <returns>False where another controller leads.</returns>
    public async Task<bool> HandleAsync(params IReadOnlyList<ControllerMessage> messages)
    {
        if (await _term.HandleAsync(messages, default) is not { } replies)
            return false;
        foreach (var reply in replies)
            Replies[reply.Ticket] = reply.Problem;
        ClusterInvariants.Check(State, _store);
        return true;
    }
}
