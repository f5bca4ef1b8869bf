using Serve.Cli;
using Serve.Cli.Config;
using Serve.Specs.Parsing;

namespace Serve.Tests.Cli.Config;

/// <summary>Reads YAML for tests.</summary>
internal static class Yaml
{
    public static ConfigNode Read(string text) => YamlReader.Read("test.yaml", new StringReader(text));

    /// <summary>What a user is told about a text that can't be read.</summary>
    public static string Error(string text) => string.Join('\n', Should.Throw<CommandException>(() => Read(text)).Details);

    public static string Json(string text) => Read(text).ToJson()?.ToJsonString() ?? "null";
}
