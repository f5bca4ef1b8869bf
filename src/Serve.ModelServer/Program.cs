using Serve;
using Serve.ModelServer;
using Serve.ModelServer.Args;

var builder = WebApplication.CreateBuilder(args);
try
{
    CommandLine.Add(builder.Configuration, args);
    Listening.Add(builder.Configuration, args);
    builder.AddModelServer();
}
catch (ServeArgsException exception)
{
    foreach (var problem in exception.Problems)
        Console.Error.WriteLine(problem);
    return 1;
}

var app = builder.Build();
app.MapServe();
app.Run();
return 0;
