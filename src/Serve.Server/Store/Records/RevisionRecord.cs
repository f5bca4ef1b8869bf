using System.Text.Json.Nodes;
using Serve.Wire.Control;

namespace Serve.Server.Store.Records;

/// <summary>One change of an application's declared state, kept so that people can see who did what, and go back.</summary>
internal sealed record RevisionRecord
{
    public required string Application { get; init; }

    public required long Number { get; init; }

    /// <summary>What was declared, under the keys of the YAML.</summary>
    public required JsonObject Spec { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Who did it, where the client said so.</summary>
    public string? By { get; init; }

    /// <summary>What was done, for people.</summary>
    public required string Change { get; init; }

    /// <summary>How to start its program, once that is known.</summary>
    public ProgramCommand? Command { get; init; }

    /// <summary>What the program has, once that is known.</summary>
    public ProgramDescription? Description { get; init; }

    /// <summary>Whether all its replicas were ready once.</summary>
    public bool WasRunning { get; init; }
}
