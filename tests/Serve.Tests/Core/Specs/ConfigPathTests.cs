using Serve.Cli.Config;
using Serve.Specs.Parsing;

namespace Serve.Tests.Core.Specs;

public sealed class ConfigPathTests
{
    private const string Document = """
        applications:
          - name: a
          - name: b
            deployments:
              - name: D
        """;

    [Theory]
    [InlineData("", 1, 1)]
    [InlineData("applications", 2, 3)]
    [InlineData("applications[1]", 3, 5)]
    [InlineData("applications[1].deployments[0].name", 5, 15)]
    [InlineData("applications[1].deployments[0].num_replicas", 5, 9)]
    [InlineData("applications[1].deployments[7].name", 5, 7)]
    [InlineData("applications[0].name.deeper", 2, 11)]
    [InlineData("applications.name", 2, 3)]
    [InlineData("http_options.port", 1, 1)]
    public void Locate_Path_IsItsPlaceOrThatOfTheNearestPartAbove(string path, int line, int column) =>
        ConfigPath.Locate(YamlReader.Read("test", new StringReader(Document)), path).ShouldBe(new Location(line, column));
}
