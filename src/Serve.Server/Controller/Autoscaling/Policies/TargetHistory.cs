namespace Serve.Server.Controller.Autoscaling.Policies;

/// <summary>The last changes of the number of replicas that a deployment shall have, as far as somebody looked, whoever made them.</summary>
internal sealed class TargetHistory
{
    private const int MaxSteps = 10;

    private readonly List<ScalingStep> _steps = [];
    private int? _last;

    /// <summary>The newest first.</summary>
    public IReadOnlyList<ScalingStep> Steps => [.. _steps];

    public DateTimeOffset? LastUp { get; private set; }

    public DateTimeOffset? LastDown { get; private set; }

    public void Note(int target, DateTimeOffset now)
    {
        if (_last is { } before && before != target)
        {
            _steps.Insert(0, new ScalingStep(now, before, target));
            if (_steps.Count > MaxSteps)
                _steps.RemoveAt(MaxSteps);
            if (target > before)
                LastUp = now;
            else
                LastDown = now;
        }

        _last = target;
    }
}
