using System.Net;
using Serve.Routing.Limits;

namespace Serve.Tests.Core.Routing.Limits;

public sealed class RateLimitKeyTests
{
    [Theory]
    [InlineData("10.0.0.1", "10.0.0.2", false)]
    [InlineData("10.0.0.1", "10.0.0.1", true)]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1", true)]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:ffff::1", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public void Of_Address_IsTheHosts(string first, string second, bool isSame) =>
        (RateLimitKey.Of(IPAddress.Parse(first)) == RateLimitKey.Of(IPAddress.Parse(second))).ShouldBe(isSame);

    [Fact]
    public void Of_LongHeader_IsShortAndItsOwn()
    {
        var text = new string('x', 5000);
        RateLimitKey.Of(text + "1").Length.ShouldBe(64);
        RateLimitKey.Of(text + "1").ShouldNotBe(RateLimitKey.Of(text + "2"));
    }

    [Fact]
    public void Of_RequestsThatSayNothing_CountTogether()
    {
        RateLimitKey.Of("").ShouldBe("");
        RateLimitKey.Of(address: null).ShouldBe("");
    }
}
