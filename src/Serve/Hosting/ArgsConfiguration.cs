using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Serve.Wire.Control;

namespace Serve.Hosting;

/// <summary>The application's <c>args</c>: as the document has them, and in the program's configuration.</summary>
internal static class ArgsConfiguration
{
    /// <summary>Finds the args and puts them into the configuration, over whatever else says something there.</summary>
    /// <param name="configuration">The program's configuration.</param>
    /// <param name="assigned">Those that the agent has told a replica, or null.</param>
    /// <returns>The args. Where nobody but the configuration knows any, those of its section: numbers are texts there.</returns>
    public static JsonObject Take(ConfigurationManager configuration, JsonObject? assigned)
    {
        var args = assigned ?? (Environment.GetEnvironmentVariable(ProgramContract.ArgsVariable) is { Length: > 0 } file ? JsonNode.Parse(File.ReadAllText(file))!.AsObject() : null);
        if (args is null)
            return ToJson(configuration.GetSection(ProgramContract.ArgsSection)) as JsonObject ?? [];
        var root = args.DeepClone();
        foreach (var part in ProgramContract.ArgsSection.Split(':').Reverse())
            root = new JsonObject { [part] = root };
        configuration.AddJsonStream(new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(root)));
        return args.DeepClone().AsObject();
    }

    private static JsonNode? ToJson(IConfigurationSection section)
    {
        var children = section.GetChildren().ToList();
        if (children.Count == 0)
            return section.Value is { } value ? JsonValue.Create(value) : null;
        // A list is a section whose keys are 0, 1, 2, …
        return children.TrueForAll(static child => int.TryParse(child.Key, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out _))
            ? new JsonArray([.. children.Select(ToJson)])
            : new JsonObject(children.Select(static child => KeyValuePair.Create(child.Key, ToJson(child))));
    }
}
