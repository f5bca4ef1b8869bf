namespace Serve.OpenInference.Rest;

/// <summary>Where elements stand in a request, for messages.</summary>
/// <param name="Index">Which input it is.</param>
/// <param name="Name">The name of the field, where it is not the data of an input.</param>
internal readonly record struct ElementField(int Index, string? Name = null)
{
    public override string ToString() => Name ?? $"inputs[{Index}].data";
}
