using System.Text.Json;
using System.Text.Json.Nodes;
using Serve.Specs;
using Serve.Specs.Parsing;

namespace Serve.Tests.Core.Specs;

public sealed class ConfigRoundTripTests
{
    [Fact]
    public void Write_RandomConfig_BindsToTheSameConfig()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var written = ConfigWriter.Write(RandomConfig.Of(new Random(seed))).ToJsonString();
            var (config, errors) = ConfigBinder.Bind<ServeConfig>(Parse(written));
            errors.ShouldBeEmpty($"seed {seed}");
            ConfigWriter.Write(config).ToJsonString().ShouldBe(written, $"seed {seed}");
        }
    }

    [Theory]
    [InlineData("0.41")]
    [InlineData("0.1")]
    [InlineData("1.14")]
    [InlineData("0.0000003")]
    [InlineData("4294966.9999999")]
    public void Write_SecondsWithFraction_StayAsTheyWereGiven(string seconds)
    {
        var (config, _) = ConfigBinder.Bind<HttpOptions>(Parse($$"""{"keep_alive_timeout_s": {{seconds}}}"""));
        ((double)ConfigWriter.Write(config)["keep_alive_timeout_s"]!).ShouldBe(double.Parse(seconds));
    }

    [Fact]
    public void Write_Defaults_AreLeftOutButRequiredKeysAreNot() =>
        ConfigWriter.Write(new ServeConfig { Applications = [new ApplicationSpec { Name = "default", ImportPath = "p.dll" }] }).ToJsonString()
            .ShouldBe("""{"applications":[{"import_path":"p.dll"}]}""");

    [Fact]
    public void Write_NullThatIsNotTheDefault_IsWritten()
    {
        var config = new ServeConfig { HttpOptions = new HttpOptions { RequestTimeout = null }, Applications = [new ApplicationSpec { ImportPath = "p.dll", RoutePrefix = null }] };
        ConfigWriter.Write(config).ToJsonString().ShouldBe("""{"http_options":{"request_timeout_s":null},"applications":[{"route_prefix":null,"import_path":"p.dll"}]}""");
    }

    [Fact]
    public void Write_FreeFormValue_IsACopy()
    {
        var args = new JsonObject { ["x"] = 1 };
        var written = ConfigWriter.Write(new ApplicationSpec { ImportPath = "p.dll", Args = args });
        args["x"] = 2;
        written["args"]!["x"]!.GetValue<int>().ShouldBe(1);
    }

    private static ConfigNode Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return ConfigNode.FromJson(document.RootElement);
    }
}
