using System.ComponentModel.DataAnnotations;

namespace Serve.TestProgram;

/// <summary>The application's <c>args</c>: how its deployments misbehave at their start.</summary>
public sealed class TestArgs
{
    /// <summary>What the constructor of <see cref="Echo"/> does: nothing, <c>throw</c>, <c>hang</c> or <c>exit</c>.</summary>
    public string Constructor { get; set; } = "";

    /// <summary>A file: while it exists the constructor of <see cref="Echo"/> throws.</summary>
    public string FailWhileExists { get; set; } = "";

    /// <summary>What <c>GET /version</c> answers.</summary>
    public string Version { get; set; } = "1";

    /// <summary>The folder of the <see cref="Behaviour.Journal"/>.</summary>
    public string Journal { get; set; } = "";

    /// <summary>Not used; its range is checked.</summary>
    [Range(1, 10)]
    public int Count { get; set; } = 1;
}
