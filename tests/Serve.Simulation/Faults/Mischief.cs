using Serve.Simulation.World;

namespace Serve.Simulation.Faults;

/// <summary>Lets something happen out of the blue every few seconds: users change their minds, things break.</summary>
internal sealed class Mischief(SimCluster cluster, SimUser user)
{
    private bool _isOver;

    public void Begin() => cluster.Timeline.After(cluster.Chance.Time(0, 3), Strike);

    public void End() => _isOver = true;

    private void Strike()
    {
        if (_isOver)
            return;
        if (cluster.Chance.OneIn(2))
            user.ChangeLoad();
        var surprises = cluster.Faults.Surprises;
        switch (cluster.Chance.Below(12))
        {
            case < 3:
                user.Deploy();
                break;
            case 3:
                user.DeleteOne();
                break;
            case 4 or 5:
                user.Scale();
                break;
            default:
                if (surprises.Count > 0)
                    Bring(cluster.Chance.Pick(surprises));
                break;
        }

        Begin();
    }

    private void Bring(Fault fault)
    {
        cluster.Trace.Add("fault", fault.ToString());
        cluster.Faults.Count(fault);
        var chance = cluster.Chance;
        var node = chance.Pick(cluster.Nodes);
        var controller = chance.Pick(cluster.Controllers);
        switch (fault)
        {
            case Fault.WorkerCrash:
                Someone()?.Crash();
                break;
            case Fault.WorkerIll:
                Someone()?.FallIll();
                break;
            case Fault.WatchBreak:
                if (chance.OneIn(2))
                    node.BreakWatch();
                else
                    controller.BreakWatch();
                break;
            case Fault.LeaderLoss:
                (cluster.Leader ?? controller).LoseLead();
                break;
            case Fault.ControllerCrash:
                controller.Crash(chance.Time(0.5, 10));
                break;
            case Fault.NodeLoss:
                node.Lose();
                cluster.Timeline.After(chance.Time(0.5, 40), node.Start);
                break;
            case Fault.AgentRestart:
                node.RestartAgent();
                break;
            case Fault.Partition:
                node.Cut(chance.Time(1, 40));
                break;
            case Fault.ClockJump:
                controller.SetClock(chance.Time(-7200, 7200));
                node.Clock.Offset = chance.Time(-7200, 7200);
                break;
            default:
                throw new ArgumentException($"{fault} does not happen out of the blue.", nameof(fault));
        }
    }

    private SimProcess? Someone() => cluster.Alive.ToList() is { Count: > 0 } alive ? cluster.Chance.Pick(alive) : null;
}
