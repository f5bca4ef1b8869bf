namespace Serve.Specs.Parsing;

/// <summary>One thing that is wrong with a configuration: where, what, and how to mend it.</summary>
/// <param name="Path">The place in the document, for instance <c>applications[0].deployments[1].num_replicas</c>.</param>
/// <param name="Message">What is wrong and what to write instead.</param>
/// <param name="Location">Line and column, where the document has them.</param>
internal sealed record SpecError(string Path, string Message, Location Location)
{
    /// <summary>Errors in the order in which a reader of the document meets them.</summary>
    public static IReadOnlyList<SpecError> InReadingOrder(IEnumerable<SpecError> errors) =>
        [.. errors.OrderBy(error => error.Location.Line).ThenBy(error => error.Location.Column)];

    /// <summary>The error of a key that its mapping has already.</summary>
    public static SpecError Duplicate(ConfigEntry entry, string path) => new(path, $"the key '{entry.Key}' stands here twice; keep one.", entry.KeyLocation);

    public override string ToString()
    {
        var place = Path.Length == 0 ? "the document" : Path;
        return Location.IsKnown ? $"line {Location.Line}, column {Location.Column}: {place}: {Message}" : $"{place}: {Message}";
    }
}
