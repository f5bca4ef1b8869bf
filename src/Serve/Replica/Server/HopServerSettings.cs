using Serve.Routing;

namespace Serve.Replica.Server;

/// <summary>What a <see cref="HopServer"/> needs beside the application.</summary>
internal sealed class HopServerSettings
{
    /// <summary>Where it listens.</summary>
    public required string SocketPath { get; init; }

    /// <summary>Says which requests and calls get in.</summary>
    public required AdmissionGate Gate { get; init; }

    /// <summary>Answers a call of a handle; ends its stream with an answer or a reset.</summary>
    public required Func<AdmittedCall, Task> Calls { get; init; }

    /// <summary>The most bytes of a request's body, or null for any number. Endpoints may say otherwise for themselves.</summary>
    public long? MaxRequestBodySize { get; init; }

    public required TimeProvider TimeProvider { get; init; }

    public required HopServerLog Log { get; init; }
}
