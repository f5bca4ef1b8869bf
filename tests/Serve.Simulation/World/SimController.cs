using Microsoft.Extensions.Logging.Abstractions;
using Serve.Server.Controller;
using Serve.Server.Store.Records;
using Serve.Simulation.Faults;
using Serve.Simulation.Plants;

namespace Serve.Simulation.World;

/// <summary>
/// A process that wants to lead, and leads when it can: a real <see cref="ControllerTerm"/> with a mailbox. Whatever ends its term, its
/// process ends too, and a new one tries again.
/// </summary>
internal sealed class SimController(SimCluster cluster, string name)
{
    private const long MaxRequestBodyBytes = 1024;

    private readonly List<ControllerMessage> _mailbox = [];
    private readonly Dictionary<Ticket, Action<RequestProblem?>> _requests = [];
    private readonly MachineTime _clock = new(cluster.Timeline);
    private Session _session = new("", isController: true);
    private Watch? _watch;
    private int _runs;
    private long _tickets;
    private bool _isBusy;

    public string Name => name;

    /// <summary>Its term, while it believes that it leads.</summary>
    public ControllerTerm? Term { get; private set; }

    /// <summary>Whether it does lead, and what it believes is what the store has.</summary>
    public bool IsInForce => Term is not null && !_isBusy && cluster.Store.Leader == _session && _session.IsAlive;

    /// <summary>Starts a process that tries to lead.</summary>
    public void Start()
    {
        if (_runs > 0 && _session.IsAlive)
            return;
        _session = new Session($"{name}.{++_runs}", isController: true);
        _ = cluster.WatchOver(() => LeadAsync(_session));
    }

    /// <summary>The process ends now, whatever it was about.</summary>
    public void Crash(TimeSpan away)
    {
        End(_session);
        cluster.Timeline.After(away, Start);
    }

    public void SetClock(TimeSpan offset) => _clock.Offset = offset;

    public void BreakWatch() => _watch?.Break();

    /// <summary>The leader's key goes, and nobody tells it.</summary>
    public void LoseLead() => cluster.Store.TakeLeadAway(_session);

    /// <summary>Hands a request in. The answer never comes where the process ends before.</summary>
    public void Ask(Func<Ticket, ControllerRequest> request, Action<RequestProblem?> onAnswer)
    {
        var ticket = new Ticket(++_tickets);
        _requests[ticket] = onAnswer;
        Post(request(ticket));
    }

    private async Task LeadAsync(Session session)
    {
        var store = new StoreNetwork(cluster.Store, session, cluster.Timeline, cluster.Chance, cluster.Faults);
        ControllerTerm term;
        try
        {
            term = await ControllerTerm.BeginAsync(PlantedBugs.Around(store, cluster.Plant), MaxRequestBodyBytes, _clock, NullLoggerFactory.Instance, Reduce, scheduling: null, default);
        }
        catch (Exception exception) when (exception is InvalidOperationException or TimeoutException)
        {
            EndAndStartAgain(session);
            return;
        }

        Term = term;
        term.OnFault = (message, exception) => throw new Violation("fault", $"{message.GetType().Name} could not be handled: {exception}");
        cluster.Trace.Add(session.Name, $"leads, epoch {term.State.Epoch}");
        cluster.OnCommitted(this);
        _watch = new Watch(cluster.Store, session, ClusterKeys.Nodes, OnStatus, cluster.Timeline, cluster.Chance, cluster.Faults);
        _watch.StartFrom(term.Known);
        _ = new SimAutoscaler(cluster, this, term);
        PlanTurn();
    }

    private Reduction Reduce(ControllerState state, ControllerMessage message, DateTimeOffset now)
    {
        if (message is not Tick)
            cluster.Trace.Add(_session.Name, TraceText.Of(message));
        return PlantedBugs.Reduce(cluster.Plant, state, message, now);
    }

    private void OnStatus(string key, byte[]? value)
    {
        if (NodeMessages.Read(key, value) is not { } message)
            return;
        Post(message);
        var isReport = message is ReplicaReported or ProgramReported;
        if (isReport && cluster.Faults.Strikes(Fault.DuplicatedMessage, 0.03))
        {
            var session = _session;
            cluster.Timeline.After(cluster.Chance.Time(0.1, 20), () =>
            {
                if (session.IsAlive && Term is not null)
                    Post(message);
            });
        }
    }

    private void Post(ControllerMessage message)
    {
        var isReport = message is ReplicaReported or ProgramReported;
        if (isReport && _mailbox.Count > 0 && cluster.Faults.Strikes(Fault.ReorderedMessage, 0.1))
            _mailbox.Insert(cluster.Chance.Below(_mailbox.Count), message);
        else
            _mailbox.Add(message);
        PlanTurn();
    }

    /// <summary>Plans the next turn: soon where there is something to do, else when the state wants to be woken.</summary>
    private void PlanTurn()
    {
        if (Term is not { } term || _isBusy)
            return;
        var session = _session;
        if (_mailbox.Count > 0)
            cluster.Timeline.After(cluster.Chance.Time(0, 0.01), () => Turn(session));
        else if (!term.State.Wakeups.IsEmpty)
            cluster.Timeline.After(Later(term.State.Wakeups.Min.At - term.Now), () => Turn(session));
    }

    private static TimeSpan Later(TimeSpan delay) => delay > TimeSpan.Zero ? delay : TimeSpan.Zero;

    private void Turn(Session session)
    {
        if (session == _session && session.IsAlive && Term is not null && !_isBusy)
            _ = cluster.WatchOver(() => TurnAsync(session, Term));
    }

    private async Task TurnAsync(Session session, ControllerTerm term)
    {
        var isDue = !term.State.Wakeups.IsEmpty && term.State.Wakeups.Min.At <= term.Now;
        if (_mailbox.Count == 0 && !isDue)
            return;
        var batch = _mailbox.Take(cluster.Chance.Between(1, 8)).ToList();
        _mailbox.RemoveRange(0, batch.Count);
        _isBusy = true;
        try
        {
            if (await term.HandleAsync(batch, default) is not { } replies)
            {
                cluster.Trace.Add(session.Name, "is deposed");
                EndAndStartAgain(session);
                return;
            }

            _isBusy = false;
            cluster.OnCommitted(this);
            foreach (var reply in replies)
            {
                if (_requests.Remove(reply.Ticket, out var onAnswer))
                    onAnswer(reply.Problem);
            }

            PlanTurn();
        }
        catch (TimeoutException)
        {
            cluster.Trace.Add(session.Name, "can't know what was written, and ends");
            EndAndStartAgain(session);
        }
    }

    private void EndAndStartAgain(Session session)
    {
        End(session);
        cluster.Timeline.After(cluster.Chance.Time(1, 5), Start);
    }

    /// <summary>The process ends; its lead ends with its lease.</summary>
    private void End(Session session)
    {
        session.End();
        Term = null;
        _watch = null;
        _isBusy = false;
        _mailbox.Clear();
        _requests.Clear();
        cluster.Timeline.After(cluster.Chance.Time(1, 10), () => cluster.Store.TakeLeadAway(session));
    }
}
