namespace Load.Autoscaling;

/// <summary>What the server said of the deployment at a time.</summary>
/// <param name="At">Seconds since the beginning.</param>
/// <param name="Running">Requests that run.</param>
/// <param name="Queued">Requests that wait.</param>
/// <param name="Target">How many replicas there shall be.</param>
/// <param name="Ready">How many take requests.</param>
/// <param name="Standby">How many are ready and take none yet.</param>
/// <param name="Rule">The rule of the last decision.</param>
internal sealed record DeploymentSample(double At, double Running, double Queued, int Target, int Ready, int Standby, string? Rule);
