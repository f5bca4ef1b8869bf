using System.Text.Json.Nodes;
using Serve.Cli.Config;
using Serve.Specs;
using Serve.Specs.Parsing;
using Serve.Tests.Core.Specs;

namespace Serve.Tests.Cli.Config;

public sealed class YamlTextTests
{
    [Fact]
    public void Of_RandomJson_ReadsAsTheSameJson()
    {
        for (var seed = 0; seed < 1000; seed++)
        {
            // Parsed, since that is where the CLI's values come from.
            var json = JsonNode.Parse(RandomJson.Map(new Random(seed), depth: 4).ToJsonString())!;
            var yaml = YamlText.Of(json);
            JsonNode.DeepEquals(Yaml.Read(yaml).ToJson(), json).ShouldBeTrue($"seed {seed}: {json.ToJsonString()} became\n{yaml}");
        }
    }

    [Fact]
    public void Of_RandomConfig_BindsToTheSameConfig()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var written = ConfigWriter.Write(RandomConfig.Of(new Random(seed)));
            var (config, errors) = ConfigBinder.Bind<ServeConfig>(Yaml.Read(YamlText.Of(written)));
            errors.ShouldBeEmpty($"seed {seed}");
            ConfigWriter.Write(config).ToJsonString().ShouldBe(written.ToJsonString(), $"seed {seed}");
        }
    }

    [Fact]
    public void Of_ADocument_IsWrittenAsPeopleWriteIt()
    {
        var document = JsonNode.Parse("""
            {
              "applications": [
                {"name": "my app", "route_prefix": "/a", "import_path": "../a/b.csproj", "port": "8000", "flag": "true", "cpus": 0.5, "none": null, "empty": {}, "list": []},
                {"args": {"prompt": "You are kind.\n\n  And short.\n", "key: odd": ["x", ["y", {"z": true}], "a\tb"]}}
              ]
            }
            """)!;
        YamlText.Of(document).ShouldBe("""
            applications:
              - name: my app
                route_prefix: /a
                import_path: ../a/b.csproj
                port: "8000"
                flag: "true"
                cpus: 0.5
                none: null
                empty: {}
                list: []
              - args:
                  prompt: |
                    You are kind.

                      And short.
                  "key: odd":
                    - x
                    - - y
                      - z: true
                    - "a\tb"

            """);
    }
}
