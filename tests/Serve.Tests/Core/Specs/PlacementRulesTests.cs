using Serve.Specs;
using Serve.Specs.Placement;

namespace Serve.Tests.Core.Specs;

/// <summary>What only the resolved deployment can tell: code and document may each say a part of it.</summary>
public sealed class PlacementRulesTests
{
    private static readonly IReadOnlyList<IReadOnlyDictionary<string, double>> TwoBundles = [new Dictionary<string, double> { ["CPU"] = 2 }, new Dictionary<string, double> { ["GPU"] = 1 }];

    [Fact]
    public void WhatIsWrong_ReplicaDoesNotFitInTheFirstBundle_SaysBoth() =>
        Check(new DeploymentOptions { PlacementGroupBundles = TwoBundles, Resources = new ResourceOptions { Cpus = 3 } })
            .ShouldBe("Deployment 'A' runs its replicas in the first of its placement_group_bundles, which has 2 CPUs; ray_actor_options ask for 3 CPUs. Raise the bundle or lower the options (num_cpus is 1 unless you say otherwise).");

    [Fact]
    public void WhatIsWrong_BundlesAndMaxReplicasPerNode_AreExclusive() =>
        Check(new DeploymentOptions { PlacementGroupBundles = TwoBundles, MaxReplicasPerNode = 1 }).ShouldNotBeNull().ShouldContain("max_replicas_per_node");

    [Fact]
    public void WhatIsWrong_BundlesAndLabelSelectorOfTheReplica_NamesTheKeyToUse() =>
        Check(new DeploymentOptions { PlacementGroupBundles = TwoBundles, Resources = new ResourceOptions { LabelSelector = new Dictionary<string, string> { ["a"] = "b" } } })
            .ShouldNotBeNull().ShouldContain("use placement_group_bundle_label_selector");

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void WhatIsWrong_BundleLabelSelectors_OneForAllOrOneForEach(int selectors, bool isRight)
    {
        var options = new DeploymentOptions
        {
            PlacementGroupBundles = TwoBundles,
            PlacementGroupBundleLabelSelector = [.. Enumerable.Repeat(new Dictionary<string, string> { ["a"] = "b" }, selectors)],
        };
        (Check(options) is null).ShouldBe(isRight);
    }

    [Fact]
    public void WhatIsWrong_BundleLabelSelectorWithoutBundles_IsRefused() =>
        Check(new DeploymentOptions { PlacementGroupBundleLabelSelector = [new Dictionary<string, string>()] }).ShouldNotBeNull().ShouldContain("no placement_group_bundles");

    [Fact]
    public void PlacementText_AnyKeyOfPlacementChanges_Differs()
    {
        DeploymentOptions[] options =
        [
            new(),
            new() { Resources = new ResourceOptions { Cpus = 2 } },
            new() { Resources = new ResourceOptions { Gpus = 1 } },
            new() { Resources = new ResourceOptions { Memory = 1 } },
            new() { Resources = new ResourceOptions { Custom = new Dictionary<string, double> { ["x"] = 1 } } },
            new() { Resources = new ResourceOptions { AcceleratorType = "H100" } },
            new() { Resources = new ResourceOptions { LabelSelector = new Dictionary<string, string> { ["x"] = "1" } } },
            new() { Resources = new ResourceOptions { LabelSelector = new Dictionary<string, string> { ["x"] = "!1" } } },
            new() { Resources = new ResourceOptions { FallbackStrategy = [new FallbackOptions { LabelSelector = new Dictionary<string, string> { ["x"] = "1" } }] } },
            new() { MaxReplicasPerNode = 1 },
            new() { PlacementGroupBundles = TwoBundles },
            new() { PlacementGroupBundles = TwoBundles, PlacementGroupStrategy = PlacementStrategy.SPREAD },
            new() { PlacementGroupBundles = TwoBundles, PlacementGroupBundleLabelSelector = [new Dictionary<string, string> { ["x"] = "1" }] },
        ];
        options.Select(option => DeploymentSpec.Resolve("A", option).PlacementText()).ShouldBeUnique();
        DeploymentSpec.Resolve("A", options[4]).PlacementText().ShouldBe(DeploymentSpec.Resolve("A", options[4]).PlacementText());
    }

    [Theory]
    [InlineData("a", "a", true)]
    [InlineData("a", "b", false)]
    [InlineData("a", null, false)]
    [InlineData("!a", "a", false)]
    [InlineData("!a", "b", true)]
    [InlineData("!a", null, true)]
    [InlineData("in(a, b)", "b", true)]
    [InlineData("in(a,b)", "c", false)]
    [InlineData("!in(a,b)", "c", true)]
    [InlineData("!in(a,b)", "a", false)]
    [InlineData("!in(a,b)", null, true)]
    public void LabelSelector_Term_MatchesAsInRay(string term, string? label, bool matches)
    {
        var labels = label is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["zone"] = label };
        LabelSelector.Of(new Dictionary<string, string> { ["zone"] = term }).Matches(labels).ShouldBe(matches);
    }

    private static string? Check(DeploymentOptions options) => PlacementRules.WhatIsWrong(DeploymentSpec.Resolve("A", options));
}
