namespace Serve.OpenInference.Rest;

/// <summary>What a parameter belongs to, for messages; made into text only where there is one.</summary>
/// <param name="List">The list that it stands in, or null for the request itself.</param>
/// <param name="Index">Its place there.</param>
internal readonly record struct ParameterOwner(string? List, int Index)
{
    /// <summary>The request itself.</summary>
    public static ParameterOwner Request => default;

    public override string ToString() => List is null ? "" : $"{List}[{Index}].";
}
