using Serve.Routing;

namespace Serve.Tests.Core.Routing;

public sealed class RouteTableTests
{
    [Theory]
    [InlineData("/", "root")]
    [InlineData("/other", "root")]
    [InlineData("/a", "a")]
    [InlineData("/a/", "a")]
    [InlineData("/a/x/y", "a")]
    [InlineData("/a/b", "a-b")]
    [InlineData("/a/b/c", "a-b")]
    [InlineData("/ab", "root")]
    [InlineData("/a/bc", "a")]
    [InlineData("", "root")]
    public void Match_OverlappingPrefixes_LongestAtASlashWins(string path, string application)
    {
        var feed = Feed(("root", "/"), ("a", "/a"), ("a-b", "/a/b"));
        feed.Current.Match(path)!.Name.ShouldBe(application);
    }

    [Fact]
    public void Match_NoPrefixFits_IsNull() => Feed(("a", "/a")).Current.Match("/b").ShouldBeNull();

    [Fact]
    public void Match_ApplicationWithoutPrefix_IsNotFound()
    {
        var feed = Feed(("internal", null));
        feed.Current.Match("/").ShouldBeNull();
        feed.Current.Applications.ContainsKey("internal").ShouldBeTrue();
    }

    private static RouteTableFeed Feed(params ReadOnlySpan<(string Name, string? Prefix)> applications)
    {
        var feed = new RouteTableFeed(static route => new FakeReplica(route.Id), TimeProvider.System);
        foreach (var (name, prefix) in applications)
            feed.Update(new ApplicationRoutes(name, prefix, Ingress: null, []));
        return feed;
    }
}
