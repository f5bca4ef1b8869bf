using Serve.Server.Store.Records;

namespace Serve.Simulation.World;

/// <summary>The orders to describe programs that a node works on; what the server's ProgramJobs are there.</summary>
internal sealed class SimProgramJobs(SimCluster cluster, Session agent, Action<ProgramReport> report)
{
    private readonly Dictionary<string, string> _jobs = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ProgramReport> _said = new(StringComparer.Ordinal);

    /// <summary>Takes an order up, or takes it back.</summary>
    public void Update(string application, DesiredProgram? order)
    {
        if (order is null)
        {
            _jobs.Remove(application);
            _said.Remove(application);
            return;
        }

        if (_jobs.GetValueOrDefault(application) == order.Job)
            return;
        _jobs[application] = order.Job;
        Advance(order, ProgramPhase.Building);
    }

    /// <summary>What was said went with the node's lease.</summary>
    public void SayAgain()
    {
        foreach (var said in _said.Values)
            report(said);
    }

    private void Advance(DesiredProgram order, ProgramPhase phase) => cluster.Timeline.After(cluster.Chance.Time(0.01, 1), () =>
    {
        if (!agent.IsAlive || _jobs.GetValueOrDefault(order.Application) != order.Job)
            return;
        var said = cluster.Programs.Describe(order, phase);
        _said[order.Application] = said;
        report(said);
        if (said.Phase < ProgramPhase.Done)
            Advance(order, phase + 1);
    });
}
