using Serve.Specs;
using Serve.Specs.Autoscaling;

namespace Serve.Tests.Core.Specs;

public sealed class AutoscalingSpecTests
{
    [Fact]
    public void Resolve_NumReplicasAuto_HasTheBoundsOfAuto()
    {
        var spec = DeploymentSpec.Resolve("A", new DeploymentOptions { NumReplicas = ReplicaCount.Auto });
        spec.NumReplicas.ShouldBe(1);
        spec.Autoscaling.ShouldBe(new AutoscalingSpec { MinReplicas = 1, MaxReplicas = 100, TargetOngoingRequests = 2 });
    }

    [Fact]
    public void Resolve_AutoWithValues_TheValuesWin()
    {
        var spec = DeploymentSpec.Resolve("A", new DeploymentOptions { NumReplicas = ReplicaCount.Auto, Autoscaling = new AutoscalingOptions { MinReplicas = 3, MaxReplicas = 9 } });
        (spec.NumReplicas, spec.Autoscaling!.MinReplicas, spec.Autoscaling.MaxReplicas).ShouldBe((3, 3, 9));
    }

    [Fact]
    public void Resolve_EmptyAutoscalingConfig_IsOneReplica() =>
        DeploymentSpec.Resolve("A", new DeploymentOptions { Autoscaling = new AutoscalingOptions() }).Autoscaling.ShouldBe(new AutoscalingSpec { MinReplicas = 1, MaxReplicas = 1 });

    [Fact]
    public void Resolve_NumberOverBoundsInCode_IsANumber()
    {
        var spec = DeploymentSpec.Resolve("A", new DeploymentOptions { NumReplicas = ReplicaCount.Auto }, new DeploymentOptions { NumReplicas = 4 });
        (spec.NumReplicas, spec.Autoscaling).ShouldBe((4, null));
    }

    [Fact]
    public void Resolve_BoundsOverNumberInCode_StartWithTheInitialNumber()
    {
        var spec = DeploymentSpec.Resolve("A", new DeploymentOptions { NumReplicas = 4 }, new DeploymentOptions { Autoscaling = new AutoscalingOptions { InitialReplicas = 2, MaxReplicas = 3 } });
        (spec.NumReplicas, spec.Autoscaling!.MaxReplicas).ShouldBe((2, 3));
    }

    [Fact]
    public void Resolve_YamlSaysNothing_TheBoundsOfTheCodeStay()
    {
        var spec = DeploymentSpec.Resolve("A", new DeploymentOptions { Autoscaling = new AutoscalingOptions { MaxReplicas = 5 } }, new DeploymentOptions { MaxOngoingRequests = 1 });
        spec.Autoscaling!.MaxReplicas.ShouldBe(5);
    }

    [Theory]
    [InlineData(null, null, null, 1, 1)]
    [InlineData(null, null, 0.5, 0.5, 0.5)]
    [InlineData(null, 0.7, 0.5, 0.7, 0.5)]
    [InlineData(0.9, 0.7, 0.5, 0.9, 0.5)]
    public void From_FactorsUnderTheirFormerNames_NewNamesWin(double? factor, double? former, double? both, double up, double down)
    {
        var spec = AutoscalingSpec.From(new AutoscalingOptions { UpscalingFactor = factor, UpscaleSmoothingFactor = former, SmoothingFactor = both }, isAuto: false);
        (spec.UpscalingFactor, spec.DownscalingFactor).ShouldBe((up, down));
    }

    [Fact]
    public void ToOptions_OfAnySpec_ResolvesToTheSame()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var options = RandomConfig.Of(new Random(seed)).Applications.SelectMany(application => application.Deployments).Select(deployment => deployment.Autoscaling).OfType<AutoscalingOptions>();
            foreach (var spec in options.Select(each => AutoscalingSpec.From(each, isAuto: true)))
                AutoscalingSpec.From(spec.ToOptions(), isAuto: false).ShouldBe(spec, $"seed {seed}");
        }
    }
}
