namespace Serve.Simulation.Autoscaling;

/// <summary>A policy under trial. Time is in seconds since the beginning.</summary>
internal interface IScalingPolicy
{
    string Name { get; }

    /// <summary>What the service's routers count has changed.</summary>
    void OnLoad(double now, int running, int queued, int completed);

    /// <summary>A round of the control loop.</summary>
    /// <returns>How many replicas there shall be.</returns>
    int Decide(double now, int runningReplicas, int target);
}
