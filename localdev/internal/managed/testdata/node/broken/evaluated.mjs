process.stdout.write('it runs\n')
JSON.parse('')
