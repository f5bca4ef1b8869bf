using Serve;

var builder = WebApplication.CreateBuilder(args);
builder.AddServe();

var app = builder.Build();
app.MapServe();
app.Run();
