namespace Serve.Specs.Parsing;

/// <summary>Finds the line and column of a path such as <c>applications[0].name</c>, or of the nearest part above it that exists.</summary>
internal static class ConfigPath
{
    public static Location Locate(ConfigNode document, string path)
    {
        var node = document;
        foreach (var part in path.Replace("[", ".[", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = part[0] == '['
                ? (node as ConfigList)?.Items.ElementAtOrDefault(int.Parse(part[1..^1]))
                : (node as ConfigMap)?.Entries.FirstOrDefault(entry => entry.Key == part)?.Value;
            if (next is null)
                return node.Location;
            node = next;
        }

        return node.Location;
    }
}
