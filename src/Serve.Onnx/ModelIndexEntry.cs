namespace Serve.Onnx;

/// <summary>A line of a repository's index: a version of a model, or a model of which no version was ever loaded.</summary>
/// <param name="Name">The model.</param>
/// <param name="Version">The version, or null.</param>
/// <param name="State">What it is about, or null where nobody has asked for the model yet.</param>
/// <param name="Reason">Why, where it is not ready; or why a newer file of it is not taken up; empty otherwise.</param>
public sealed record ModelIndexEntry(string Name, long? Version, ModelState? State, string Reason = "");

/// <summary>What a version of a model is about.</summary>
public enum ModelState
{
    /// <summary>It can't be used; the reason says why.</summary>
    Unavailable,

    /// <summary>It is being loaded.</summary>
    Loading,

    /// <summary>It takes requests.</summary>
    Ready,

    /// <summary>It takes no new requests; the last ones are on their way.</summary>
    Unloading,
}
