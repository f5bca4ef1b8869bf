using Serve.Testing;

namespace Serve.Tests.Docs;

/// <summary>The reference pages are written from the code; these tests keep the committed ones equal to it.</summary>
public sealed class GeneratedPageTests
{
    [Fact]
    public void ConfigPage_ComparedWithTheSpecs_IsUpToDate() => Baseline.WhatDiffers("src/docs/config.md", ConfigPage.Write()).ShouldBeNull();

    [Fact]
    public void ErrorsPage_ComparedWithTheTable_IsUpToDate() => Baseline.WhatDiffers("src/docs/errors.md", ErrorsPage.Write()).ShouldBeNull();

    [Fact]
    public void MetricsPage_ComparedWithTheDeclarations_IsUpToDate() => Baseline.WhatDiffers("src/docs/metrics.md", MetricsPage.Write()).ShouldBeNull();

    [Fact]
    public void CliPage_ComparedWithTheCommands_IsUpToDate() => Baseline.WhatDiffers("src/docs/cli.md", CliPage.Write()).ShouldBeNull();

    [Fact]
    public void ConfigSchema_ComparedWithTheSpecs_IsUpToDate() => Baseline.WhatDiffers("deployments/serve.schema.json", ConfigSchema.Write()).ShouldBeNull();
}
