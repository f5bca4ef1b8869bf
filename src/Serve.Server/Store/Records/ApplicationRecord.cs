using System.Text.Json.Nodes;
using Serve.Wire.Control;

namespace Serve.Server.Store.Records;

/// <summary>All that must be known of an application to bring it back.</summary>
internal sealed record ApplicationRecord
{
    public required string Name { get; init; }

    /// <summary>What was submitted last, under the keys of the YAML.</summary>
    public required JsonObject Spec { get; init; }

    /// <summary>How often it was submitted.</summary>
    public required long Revision { get; init; }

    public required DateTimeOffset DeployedAt { get; init; }

    public bool IsDeleting { get; init; }

    /// <summary>What its replicas run: the last submission whose program could be described.</summary>
    public ActiveProgram? Active { get; init; }

    /// <summary>What its replicas ran before, and keep running until <see cref="Active"/> is there as a whole.</summary>
    public ActiveProgram? Previous { get; init; }

    /// <summary>How many replicas the deployments shall have whose number moves within bounds.</summary>
    public IReadOnlyDictionary<string, int> Counts { get; init; } = new Dictionary<string, int>();
}

/// <param name="Revision">The submission that it belongs to.</param>
/// <param name="Spec">That submission.</param>
/// <param name="Command">How to start the program.</param>
/// <param name="Description">What the program has.</param>
internal sealed record ActiveProgram(long Revision, JsonObject Spec, ProgramCommand Command, ProgramDescription Description);
