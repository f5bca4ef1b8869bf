using Serve.Testing;

namespace Serve.Tests.Architecture;

/// <summary>Texts of what others depend on: what users compile against, and what processes say to each other.</summary>
public sealed class BaselineTests
{
    [Fact]
    public void PublicApi_ComparedWithTheBaseline_IsAsReviewed() => Baseline.WhatDiffers("src/Serve/PublicApi.txt", PublicApiText.Write()).ShouldBeNull();

    [Fact]
    public void Wire_ComparedWithTheBaseline_IsAsReviewed() => Baseline.WhatDiffers("src/Serve.Core/Wire/Wire.txt", WireText.Write()).ShouldBeNull();
}
