namespace Serve.Telemetry.Metrics;

/// <summary>Whose meters are listened to.</summary>
internal enum MeterScope
{
    /// <summary>Serve's own and the runtime's.</summary>
    Server,

    /// <summary>Those of the user's program too.</summary>
    Program,
}
