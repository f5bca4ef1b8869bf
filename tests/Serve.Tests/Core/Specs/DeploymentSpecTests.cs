using System.Text.Json.Nodes;
using Serve.Specs;

namespace Serve.Tests.Core.Specs;

public sealed class DeploymentSpecTests
{
    [Fact]
    public void Resolve_YamlOverCode_LaterLayerWinsWhereItSaysSomething()
    {
        var code = new DeploymentOptions
        {
            NumReplicas = 2,
            MaxQueuedRequests = -1,
            UserConfig = new JsonObject { ["from"] = "code" },
            HealthCheckPeriod = TimeSpan.FromSeconds(1),
            Resources = new ResourceOptions { Cpus = 0.5, Gpus = 1 },
        };
        var yaml = new DeploymentOptions { NumReplicas = 3, GracefulShutdownTimeout = TimeSpan.Zero, Resources = new ResourceOptions { Cpus = 0 } };

        var spec = DeploymentSpec.Resolve("A", code, yaml);

        spec.Name.ShouldBe("A");
        spec.NumReplicas.ShouldBe(3);
        spec.MaxQueuedRequests.ShouldBe(-1);
        spec.UserConfig!["from"]!.GetValue<string>().ShouldBe("code");
        spec.HealthCheckPeriod.ShouldBe(TimeSpan.FromSeconds(1));
        spec.GracefulShutdownTimeout.ShouldBe(TimeSpan.Zero);
        spec.Resources.ShouldBe(new ResourceSpec(ResourceAmount.Zero, ResourceAmount.One));
    }

    [Fact]
    public void Resolve_NothingSaid_EqualsTheDocumentedDefaults()
    {
        DeploymentSpec.Resolve("A", new DeploymentOptions(), new DeploymentOptions()).ShouldBe(new DeploymentSpec { Name = "A" });
        DeploymentSpec.Resolve("A").Resources.ShouldBe(new ResourceSpec(ResourceAmount.One, ResourceAmount.Zero));
    }
}
