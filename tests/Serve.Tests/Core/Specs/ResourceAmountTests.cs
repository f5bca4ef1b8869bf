using Serve.Specs;

namespace Serve.Tests.Core.Specs;

public sealed class ResourceAmountTests
{
    [Theory]
    [InlineData(0.1, 10)]
    [InlineData(0.3, 3)]
    [InlineData(0.7, 7)]
    [InlineData(0.0001, 10_000)]
    [InlineData(1.1, 100)]
    public void Sum_OfFractions_IsExactAndGoesBackToZero(double part, int times)
    {
        var sum = ResourceAmount.Zero;
        for (var i = 0; i < times; i++)
            sum += ResourceAmount.From(part);
        sum.Units.ShouldBe((long)Math.Round(part * times * ResourceAmount.UnitsPerOne));
        for (var i = 0; i < times; i++)
            sum -= ResourceAmount.From(part);
        sum.ShouldBe(ResourceAmount.Zero);
    }

    [Fact]
    public void TenTenths_FitExactlyIntoOne()
    {
        var used = ResourceAmount.Zero;
        for (var i = 0; i < 9; i++)
            used += ResourceAmount.From(0.1);
        (used + ResourceAmount.From(0.1) <= ResourceAmount.One).ShouldBeTrue();
        (used + ResourceAmount.From(0.1001) <= ResourceAmount.One).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0.5, "0.5")]
    [InlineData(2, "2")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(1.23456, "1.2346")]
    public void ToString_Amount_ReadsAsTheUserWroteIt(double value, string text) => ResourceAmount.From(value).ToString().ShouldBe(text);

    [Fact]
    public void Compare_Amounts_OrdersByValue()
    {
        var amounts = new[] { 2.0, 0.25, 1, 0 }.Select(ResourceAmount.From);
        amounts.Order().Select(amount => amount.Value).ShouldBe([0, 0.25, 1, 2]);
        (ResourceAmount.From(0.5) < ResourceAmount.One && ResourceAmount.One > ResourceAmount.From(0.9999) && ResourceAmount.One >= ResourceAmount.From(1)).ShouldBeTrue();
    }
}
