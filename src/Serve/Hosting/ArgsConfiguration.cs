using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Serve.Wire.Control;

namespace Serve.Hosting;

/// <summary>Puts the application's <c>args</c> into the program's configuration, over whatever else says something there.</summary>
internal static class ArgsConfiguration
{
    public static void AddArgs(this ConfigurationManager configuration, JsonObject args)
    {
        var root = args.DeepClone();
        foreach (var part in ProgramContract.ArgsSection.Split(':').Reverse())
            root = new JsonObject { [part] = root };
        configuration.AddJsonStream(new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(root)));
    }
}
