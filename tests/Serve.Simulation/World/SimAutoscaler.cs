using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling;

namespace Serve.Simulation.World;

/// <summary>
/// The autoscaler beside one leader: the server's own rounds, with some seconds between them instead of a tenth of one. What it decides
/// reaches the controller late now and then, or twice, when things are different already.
/// </summary>
internal sealed class SimAutoscaler
{
    private readonly SimCluster _cluster;
    private readonly SimController _controller;
    private readonly AutoscalerRounds _rounds;
    private readonly ControllerTerm _term;

    public SimAutoscaler(SimCluster cluster, SimController controller, ControllerTerm term)
    {
        _cluster = cluster;
        _controller = controller;
        _term = term;
        _rounds = new AutoscalerRounds(cluster.Loads);
        PlanRound();
    }

    private void PlanRound() => _cluster.Timeline.After(_cluster.Chance.Time(0.1, 2), Round);

    private void Round()
    {
        if (_controller.Term != _term)
            return;
        foreach (var change in _rounds.Next(_term.State, _term.Now))
            HandIn(change, again: _cluster.Chance.OneIn(10));
        PlanRound();
    }

    private void HandIn(ScalingChange change, bool again)
    {
        var delay = _cluster.Chance.OneIn(4) ? _cluster.Chance.Time(0.1, 20) : TimeSpan.Zero;
        _cluster.Timeline.After(delay, () =>
        {
            if (_controller.Term != _term)
                return;
            var decision = change.Decision;
            _controller.Ask(ticket => new Autoscale(ticket, change.Deployment, decision.Before, decision.After, decision.Rule), _ => _rounds.Answered(change.Deployment));
            if (again)
                HandIn(change, again: false);
        });
    }
}
